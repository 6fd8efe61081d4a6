"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

POLL_SECONDS = 0.02


def until(condition: Callable[[], Value | None], *, seconds: float = 60.0, what: str = "the condition") -> Value:
    """What *condition* returns, as soon as that is true; the test fails if it is not within *seconds*."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(POLL_SECONDS)
    return value
