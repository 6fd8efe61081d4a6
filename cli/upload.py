"""A file of Thing names on its way to the service: never more of it in memory than a chunk."""

import io
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from cli.failures import FailureError

CHUNK_BYTES = 16 * 1024
TEXT, CSV, NDJSON = "text/plain", "text/csv", "application/x-ndjson"
BY_SUFFIX = {".csv": CSV, ".ndjson": NDJSON, ".jsonl": NDJSON}


@dataclass(frozen=True)
class Upload:
    """*size* is in bytes, from *start* to the end; None where that is not known: of a pipe, to be read but once, whose
    *first* bytes have been read already.
    """

    file: io.BufferedReader
    name: str
    content_type: str
    start: int
    size: int | None
    first: bytes = b""

    @classmethod
    def of(cls, file: io.BufferedReader, content_type: str | None) -> "Upload":
        """*content_type*: None goes by the suffix of the file's name."""
        name = str(getattr(file, "name", "standard input"))
        kind = content_type or BY_SUFFIX.get(PurePath(name).suffix.lower(), TEXT)
        try:
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode):
                return cls(file, name, kind, file.tell(), max(found.st_size - file.tell(), 0))
        except (OSError, ValueError):
            # It has no descriptor, or no place in it.
            pass
        # Before the connection is there, which is not kept for whoever takes long to write the first name.
        return cls(file, name, kind, 0, None, file.read1(CHUNK_BYTES))

    @property
    def repeatable(self) -> bool:
        return self.size is not None

    @property
    def headers(self) -> Mapping[str, str]:
        length = {} if self.size is None else {"Content-Length": str(self.size)}
        return {"Content-Type": self.content_type, **length}

    def chunks(self) -> Iterator[bytes]:
        """All of it, from the start each time where that is possible.

        Raises:
            FailureError: it cannot be read, or has become shorter. The request is then not whole, and starts nothing.
        """
        left = self.size
        try:
            if left is not None:
                self.file.seek(self.start)
            if self.first:
                yield self.first
            # What is there is sent: who writes into a pipe may take longer than a silent connection is kept.
            while left != 0 and (chunk := self.file.read1(min(CHUNK_BYTES, left or CHUNK_BYTES))):
                left = None if left is None else left - len(chunk)
                yield chunk
        except OSError as error:
            raise FailureError(f"{self.name} cannot be read: {error.strerror}. Nothing was started.") from None
        if left:
            raise FailureError(f"{self.name} became shorter while it was sent. Nothing was started.")
