"""The code of the sandbox's Lambda functions: a handler of the user's, in a process of its own.

A process, because a function has an environment and a standard output of its own, and because the event loop must not
share its processor time with it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sandbox.messages import compact_json

PROCESS = Path(__file__).with_name("function_process.py")
START_SECONDS = 30.0
STOP_SECONDS = 3.0
LINE_LIMIT = 64 * 1024 * 1024
MEMORY_MB = "256"
NOT_INHERITED = ("AWS_", "SANDBOX_", "SHADOW_SYNC_")


class HandlerError(Exception):
    """The handler cannot be loaded; the text says why."""


@dataclass(slots=True, frozen=True)
class FunctionCall:
    name: str
    version: str
    arn: str
    request_id: str
    payload: bytes


@dataclass(slots=True, frozen=True)
class FunctionResult:
    """`body` is what the function returned, or AWS's error object if it `failed`, in JSON."""

    body: bytes
    failed: bool


class Function:
    def __init__(self, handler: str, environment: Mapping[str, str]) -> None:
        """`handler` is MODULE:FUNCTION, importable from here; `environment` is added to what every function has."""
        self._handler = handler
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._waiting: dict[int, asyncio.Future[FunctionResult]] = {}
        self._numbers = itertools.count(1)

    async def start(self, url: str) -> None:
        """Load the handler; its calls to AWS go to `url`. HandlerError if that cannot be done."""
        self._environment = _surroundings(url) | self._environment
        await self._running()

    async def invoke(self, call: FunctionCall, timeout_seconds: float) -> FunctionResult:
        """Never raises for what the function does."""
        try:
            async with asyncio.timeout(timeout_seconds):
                process = await self._running()
                return await self._ask(process, call, timeout_seconds)
        except TimeoutError:
            message = f"RequestId: {call.request_id} Error: Task timed out after {timeout_seconds:.2f} seconds"
            return _failure("Sandbox.Timedout", message)
        except HandlerError as error:
            return _failure("Runtime.ImportModuleError", str(error))

    async def stop(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _ask(
        self, process: asyncio.subprocess.Process, call: FunctionCall, timeout_seconds: float
    ) -> FunctionResult:
        number = next(self._numbers)
        result: asyncio.Future[FunctionResult] = asyncio.get_running_loop().create_future()
        self._waiting[number] = result
        asked = {"id": number, "payload": call.payload.decode(), "context": _context(call, timeout_seconds)}
        _input(process).write(compact_json(asked) + b"\n")
        try:
            return await result
        finally:
            del self._waiting[number]

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is None:
                self._process = await self._started()
                self._reader = asyncio.get_running_loop().create_task(self._read(self._process))
            return self._process

    async def _started(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            # By its path it comes without the rest of the sandbox, whose folder -P keeps off the function's path.
            *(sys.executable, "-P", str(PROCESS), self._handler),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=self._environment,
            limit=LINE_LIMIT,
        )
        why: str | None = "its process ended"
        try:
            async with asyncio.timeout(START_SECONDS):
                if line := await _output(process).readline():
                    why = json.loads(line)["refused"]
        except TimeoutError:
            why = f"it was not loaded within {START_SECONDS:.0f} s"
        except BaseException:
            await _end(process)
            raise
        if why is not None:
            await _end(process)
            raise HandlerError(f"The handler {self._handler} cannot be loaded: {why}")
        return process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        try:
            while line := await _output(process).readline():
                answer = json.loads(line)
                result = self._waiting.get(answer["id"])
                if result is not None and not result.done():
                    result.set_result(FunctionResult(answer["body"].encode(), answer["failed"]))
        finally:
            self._process = None
            for result in self._waiting.values():
                if not result.done():
                    result.set_result(_failure("Runtime.ExitError", "Runtime exited before it had an answer"))
            await _end(process)


def _input(process: asyncio.subprocess.Process) -> asyncio.StreamWriter:
    return cast(asyncio.StreamWriter, process.stdin)


def _output(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    return cast(asyncio.StreamReader, process.stdout)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    _input(process).close()
    async with asyncio.timeout(STOP_SECONDS):
        await process.wait()


def _failure(kind: str, message: str) -> FunctionResult:
    return FunctionResult(compact_json({"errorMessage": message, "errorType": kind}), True)


def _context(call: FunctionCall, timeout_seconds: float) -> dict[str, Any]:
    return {
        "function_name": call.name,
        "function_version": call.version,
        "invoked_function_arn": call.arn,
        "aws_request_id": call.request_id,
        "memory_limit_in_mb": MEMORY_MB,
        "log_group_name": f"/aws/lambda/{call.name}",
        "log_stream_name": "sandbox",
        "deadline": time.time() + timeout_seconds,
    }


def _surroundings(url: str) -> dict[str, str]:
    """What a function finds in its environment, and no way to a real AWS account."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    return inherited | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), *sys.path])),
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_EVENTBRIDGE": url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
