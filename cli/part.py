"""One part of the running stack: a process in a session of its own, and the file that holds what it printed."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

LAST_LINES = 20
POLL_SECONDS = 0.05
KILL_SECONDS = 10.0


class PartFailedError(click.ClickException):
    """A part ended, or did not become ready. The message holds its name and the last lines that it printed.

    *name* and *lines* are for a part of the part.
    """

    def __init__(self, part: "Part", what: str, name: str = "", lines: Iterable[str] | None = None) -> None:
        self.part = part
        last = deque(filter(str.strip, part.lines() if lines is None else lines), maxlen=LAST_LINES)
        told = "\n  ".join(last or ["(it printed nothing)"])
        super().__init__(f"the part {(name or part.name)!r} {what}. Its last lines:\n  {told}")


def no_groups(_lines: Iterable[str]) -> Iterable[int]:
    """Of a part that starts no process group beside its own."""
    return ()


class Part:
    """A started process. Its own session keeps the terminal's Ctrl-C from it: whoever started it stops it, in order."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        groups: Callable[[Iterable[str]], Iterable[int]] = no_groups,
    ) -> None:
        """Start *command* in *folder*. *groups* tells from what it printed which process groups it has started."""
        self.name, self.log, self._groups = name, log, groups
        with log.open("ab") as output:
            # Kept open: what was printed can be read even if somebody tidies the temporary folder.
            self._printed = log.open("rb")
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def check(self) -> None:
        """Raises PartFailedError if the process has ended."""
        code = self._process.poll()
        if code is not None:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            raise PartFailedError(self, how)

    def lines(self) -> Iterator[str]:
        """What it has printed so far, without what a terminal would take for a command."""
        self._printed.seek(0)
        for line in self._printed:
            yield "".join(filter(str.isprintable, line.decode(errors="replace")))

    def terminate(self) -> None:
        """Ask it to end. Only its first process is asked: that one knows in which order to end its own."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def end(self, deadline: float) -> None:
        """Wait until it has ended, until *deadline* (``time.monotonic()``), then kill what it has left running."""
        while self.running and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        for leader in (self.pid, *self._groups(self.lines())):
            _kill_group(leader)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=KILL_SECONDS)
        self._printed.close()


def _kill_group(leader: int) -> None:
    """Kill what is left of the group that *leader* started. Of a group of zombies, macOS says EPERM."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
