"""The product's own processes, started for a test as an operator starts them, and stopped with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import until

BIN = Path(sys.executable).parent
START_SECONDS = STOP_SECONDS = 60


class Process:
    """One started command, with what it printed so far."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                env={"PATH": path, "HOME": os.environ.get("HOME", "/"), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until(self, condition: Callable[[], bool], *, what: str) -> None:
        """Of one that has just been started; the test fails with what it printed if it ends before."""
        until(lambda: condition() or not self.running, seconds=START_SECONDS, what=what)
        assert self.running, self.printed()

    def wait_until_ready(self) -> None:
        """Of a worker."""
        self.wait_until(lambda: " ready." in self.printed(), what="the worker is ready")

    def kill(self) -> None:
        """SIGKILL, to it and all its children."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)

    def terminate(self) -> int:
        """SIGTERM, and its exit code."""
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        return self._process.wait(STOP_SECONDS)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None


@contextmanager
def started(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    process = Process(command, environment, log)
    try:
        yield process
    finally:
        if process.running:
            process.kill()
