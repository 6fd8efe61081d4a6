"""`shadow-sync` as a process of its own, and whatever it leaves behind."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import until

COMMAND = Path(sys.executable).with_name("shadow-sync")
PROC = Path("/proc")


class Started:
    """A running `shadow-sync`. What it starts is known by *folder*, its temporary folder: from there, or in there."""

    def __init__(self, word: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.output = folder.parent / f"{folder.name}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [COMMAND, word],
                env={**os.environ, "TMPDIR": str(folder), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def printed(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str) -> None:
        until(lambda: text in self.printed() or self.process.poll() is not None, seconds=60, what=f"{text!r} printed")
        assert text in self.printed(), self.printed()

    def exit_code(self) -> int:
        return self.process.wait(60)

    def children(self) -> dict[int, str]:
        """The command lines of the other processes that are its doing, by process id."""
        return {
            pid: command for pid, command in _processes(str(self.folder)).items() if pid != self.process.pid and command
        }

    def child(self, words: str) -> int:
        """The process id of the one whose command line has these words."""
        return next(pid for pid, command in self.children().items() if words in command)


@contextmanager
def started(word: str, folder: Path, **environment: str) -> Iterator[Started]:
    folder.mkdir()
    running = Started(word, folder, environment)
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(60)


def gone(running: Started) -> bool:
    """Whether nothing that *running* has started is left, within a moment for the system to tidy up."""
    deadline = time.monotonic() + 3
    while running.children() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not running.children()


def _processes(folder: str) -> dict[int, str]:
    found = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # Valkey writes its title over its environment, but it works in a folder inside.
            if folder.encode() in (entry / "environ").read_bytes() or folder in str((entry / "cwd").readlink()):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found
