"""A Lambda function's own process: `python function_process.py MODULE:FUNCTION`, started by sandbox.function.

A line of JSON comes in for every invocation and goes out for every result. The first line out says whether the handler
could be loaded. What the function prints goes to stderr. Unlike in Lambda, one process runs several invocations at a
time, each in a thread of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any

# As many as a boto3 client has connections unless it is told otherwise.
CONCURRENT = 10

Handler = Callable[[Any, "Context"], Any]


@dataclass(frozen=True, kw_only=True)
class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    function_name: str
    function_version: str
    invoked_function_arn: str
    aws_request_id: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str
    deadline: float

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.time()) * 1000))


def load(reference: str) -> Handler:
    """The handler; ValueError with one line if there is none."""
    module, _, function = reference.partition(":")
    if not module or not function:
        raise ValueError("name it as MODULE:FUNCTION")
    try:
        handler: Any = getattr(importlib.import_module(module), function)
    except Exception as error:  # noqa: BLE001 - a module may raise anything while it is imported
        raise ValueError(f"{type(error).__name__}: {error}") from None
    if not callable(handler):
        raise ValueError(f"{function} is not a function")
    found: Handler = handler
    return found


def run(handler: Handler, line: bytes) -> dict[str, Any]:
    """{"id", "failed", "body"}: the function's result or AWS's error object, as JSON text."""
    call = json.loads(line)
    context = Context(**call["context"])
    try:
        result = handler(json.loads(call["payload"] or "{}"), context)
    except SystemExit as stop:
        error = described("Runtime.ExitError", f"the function exited with {stop.code}", context, [])
        return {"id": call["id"], "failed": True, "body": error}
    except Exception as error:  # noqa: BLE001 - whatever a function raises is its outcome
        own = traceback.extract_tb(error.__traceback__)[1:]
        body = described(type(error).__name__, str(error), context, traceback.format_list(own))
        return {"id": call["id"], "failed": True, "body": body}
    try:
        return {"id": call["id"], "failed": False, "body": json.dumps(result)}
    except (TypeError, ValueError) as error:
        body = described("Runtime.MarshalError", f"Unable to marshal response: {error}", context, [])
        return {"id": call["id"], "failed": True, "body": body}


def described(kind: str, message: str, context: Context, trace: list[str]) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    error = {
        "errorMessage": message,
        "errorType": kind,
        "requestId": context.aws_request_id,
        "stackTrace": trace,
    }
    return json.dumps(error)


def main() -> None:
    # Ctrl+C reaches every process of a terminal; this one ends when its input does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    writing = threading.Lock()

    def say(answer: dict[str, Any]) -> None:
        with writing:
            out.write(json.dumps(answer).encode() + b"\n")
            out.flush()

    try:
        handler = load(sys.argv[1])
    except ValueError as error:
        say({"refused": str(error)})
        return
    say({"refused": None})
    serve(handler, sys.stdin.buffer, say)


def serve(handler: Handler, lines: IO[bytes], say: Callable[[dict[str, Any]], None]) -> None:
    with ThreadPoolExecutor(CONCURRENT) as pool:
        for line in lines:
            pool.submit(lambda text: say(run(handler, text)), line)
        # Nobody is left to hear the results, and a function may never return.
        os._exit(0)


if __name__ == "__main__":
    main()
