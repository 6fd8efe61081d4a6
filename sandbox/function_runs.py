"""The runs of a function: those that an answer waits for, and those that an Event invocation leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from sandbox.faults import Faults
from sandbox.function import Function, FunctionCall
from sandbox.messages import Answer
from sandbox.record import Invocation, Record

# Seconds before each further run: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
ASYNCHRONOUS_WAITS = (60.0, 120.0)


class FunctionRuns:
    def __init__(self, function: Function, faults: Faults, record: Record) -> None:
        self._function = function
        self._faults = faults
        self._record = record
        self._awaited: set[asyncio.Task[None]] = set()
        self._left: set[asyncio.Task[None]] = set()

    def answer(self, call: FunctionCall, invocation: Invocation, answer: Answer) -> Answer:
        """The answer, which is ready when the function is. Called in the event loop."""
        answer.ready = _task(self._answer(call, invocation, answer), self._awaited)
        return answer

    def leave(self, call: FunctionCall, invocation: Invocation) -> None:
        """Run it, and again where it fails, while nobody waits. Called in the event loop."""
        _task(self._run_repeatedly(call, invocation), self._left)

    def restart(self) -> None:
        """Forget the runs that nobody waits for."""
        for task in self._left:
            task.cancel()

    async def close(self) -> None:
        for task in self._left | self._awaited:
            task.cancel()
        await asyncio.gather(*self._left, *self._awaited, return_exceptions=True)

    async def _answer(self, call: FunctionCall, invocation: Invocation, answer: Answer) -> None:
        result = await self._function.invoke(call, self._faults.knobs.function_timeout_ms / 1000)
        answer.body = result.body
        if result.failed:
            self._record.function_failed(invocation)
            answer.headers = (*answer.headers, ("X-Amz-Function-Error", "Unhandled"))

    async def _run_repeatedly(self, call: FunctionCall, invocation: Invocation) -> None:
        for wait in (*ASYNCHRONOUS_WAITS, None):
            result = await self._function.invoke(call, self._faults.knobs.function_timeout_ms / 1000)
            if not result.failed:
                return
            self._record.function_failed(invocation)
            if wait is not None:
                await asyncio.sleep(wait * self._faults.knobs.wait_scale)
                invocation = invocation.again()
                self._record.invoked(invocation, call.payload)


def _task(work: Coroutine[None, None, None], tasks: set[asyncio.Task[None]]) -> asyncio.Task[None]:
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task
