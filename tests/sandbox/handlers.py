"""What the sandbox's Lambda runs in the tests. The functions are loaded into its process, never into the tests' own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

_MEETING = threading.Barrier(2)


class LockJammedError(Exception):
    pass


def handler(event: Any, context: Any) -> Any:
    """Does what the event says, or returns the event."""
    do = event.get("do") if isinstance(event, dict) else None
    return _DEEDS[do](event, context) if do else event


def _raise(_event: Any, _context: Any) -> Any:
    raise LockJammedError("the bolt does not move")


def _raise_once(event: Any, _context: Any) -> Any:
    try:
        Path(event["file"]).touch(exist_ok=False)
    except FileExistsError:
        return "well"
    raise LockJammedError


def _sleep(event: Any, _context: Any) -> Any:
    time.sleep(event["seconds"])
    if "file" in event:
        Path(event["file"]).touch()


def _exit(_event: Any, _context: Any) -> Any:
    raise SystemExit(3)


def _print(event: Any, _context: Any) -> Any:
    print("to the log")  # noqa: T201
    return event


def _context(_event: Any, context: Any) -> Any:
    return {
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "requestId": context.aws_request_id,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
    }


def _put(_event: Any, _context: Any) -> Any:
    # Its endpoint, region and credentials come from the environment.
    client = boto3.client("events")
    return client.put_events(
        Entries=[{"Source": "spk.iot.shadow", "DetailType": "Shadow Update", "Detail": '{"shadowName":"light"}'}]
    )["Entries"]


_DEEDS: dict[str, Callable[[Any, Any], Any]] = {
    "raise": _raise,
    "raise_once": _raise_once,
    "exit": _exit,
    "die": lambda _event, _context: os._exit(3),
    "return_nonsense": lambda _event, _context: {1, 2},
    "print": _print,
    "sleep": _sleep,
    "meet": lambda _event, _context: {"met": _MEETING.wait(10) >= 0},
    "environment": lambda event, _context: {name: os.environ.get(name) for name in event["names"]},
    "context": _context,
    "put": _put,
}
