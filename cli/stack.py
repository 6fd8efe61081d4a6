"""The parts that run together: started, watched, and stopped in the reverse order, whatever happens."""

import atexit
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import click

from cli.interrupts import InterruptedBySignal, Interrupts
from cli.part import POLL_SECONDS, Part, PartFailedError, no_groups

READY_SECONDS = 30.0
GRACE_SECONDS = 8.0


class Stack:
    """Processes of one run, and the temporary folder with their logs and data, which only a failure leaves behind."""

    def __init__(self, root: Path, interrupts: Interrupts, grace: float = GRACE_SECONDS) -> None:
        self._root, self._interrupts, self._grace = root, interrupts, grace
        self._waves: list[list[Part]] = []

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="shadow-sync-"))
        # For the moment between a signal and the with statement's own grip on it.
        atexit.register(self.stop)
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        with self._interrupts.held():
            self.stop()
            if error is None or isinstance(error, InterruptedBySignal) or not any(self.folder.glob("*.log")):
                shutil.rmtree(self.folder, ignore_errors=True)
            else:
                click.echo(f"All logs: {self.folder}", err=True)

    def wave(self) -> None:
        """What starts from here on is stopped before all that was started earlier."""
        self._waves.append([])

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        groups: Callable[[Iterable[str]], Iterable[int]] = no_groups,
    ) -> Part:
        """Start a part; what it prints goes to a log named after it. For *groups* see :class:`Part`."""
        log = self.folder / f"{name}.log"
        with self._interrupts.held():
            part = Part(name, command, folder=self._root, environment=environment, log=log, groups=groups)
            self._waves[-1].append(part)
        return part

    def check(self) -> None:
        """Raises PartFailedError if a part has ended, InterruptedBySignal if a signal has come."""
        self._interrupts.check()
        for part in self._parts():
            part.check()

    def wait_for(self, part: Part, ready: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
        """Wait until *part* is ready.

        Raises:
            PartFailedError: it, or another part, ended; or *seconds* have passed.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() >= deadline:
                raise PartFailedError(part, f"was not ready within {seconds:g} s")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End all parts. Calling it again does nothing."""
        while self._waves:
            wave = self._waves[-1]
            for part in wave:
                part.terminate()
            deadline = time.monotonic() + self._grace
            for part in wave:
                part.end(deadline)
            self._waves.pop()

    def _parts(self) -> list[Part]:
        return [part for wave in self._waves for part in wave]
