"""Ctrl-C at any moment: one exception, in the main thread, never between the start of a process and its being known."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptedBySignal(KeyboardInterrupt):
    """One of SIGNALS arrived. A KeyboardInterrupt, so that no library takes it for a failure of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Interrupts:
    """While entered, the first of SIGNALS raises InterruptedBySignal. Later ones are ignored: the stop is under way."""

    def __init__(self) -> None:
        self._received: int | None = None
        self._raised = False
        self._holds = 0

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put a signal off until the end of the block."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
        self.check()

    def check(self) -> None:
        """Raise what has been put off, or was lost in a place where Python swallows exceptions (a finaliser)."""
        if self._received is not None and not self._raised and not self._holds:
            self._raised = True
            raise InterruptedBySignal(self._received)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._received = number
        self.check()
