"""The sandbox inside the caller's process: a server thread on a free loopback port, for tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from sandbox.app import Sandbox
from sandbox.calls import Fault
from sandbox.event_loop import new_event_loop
from sandbox.faults import ScriptedFault
from sandbox.fleet import seeder
from sandbox.knobs import Knobs
from sandbox.messages import compact_json
from sandbox.server import Server

WAIT_SECONDS = 10.0

Result = TypeVar("Result")


class RunningSandbox:
    """A sandbox that serves at `url`. Every method takes effect before it returns, between two requests."""

    def __init__(self, url: str, sandbox: Sandbox, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self._sandbox = sandbox
        self._loop = loop

    def environment(self) -> dict[str, str]:
        """The AWS_* variables that send boto3 here."""
        return {
            "AWS_ENDPOINT_URL_IOT_DATA_PLANE": self.url,
            "AWS_ENDPOINT_URL_LAMBDA": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
        }

    def turn(self, **knobs: Any) -> Knobs:
        """Change these knobs (see Knobs); KnobError if they cannot be."""

        def change() -> Knobs:
            faults = self._sandbox.faults
            faults.turn(faults.knobs.changed(knobs))
            return faults.knobs

        return self._do(change)

    def fail_next(self, call: str, fault: Fault | str, shadow: str | None = None, times: int = 1) -> None:
        """Let the next `times` calls of that operation (for that shadow) go wrong."""
        scripted = ScriptedFault(call=call, fault=Fault(fault), shadow=shadow, times=times)
        self._do(lambda: self._sandbox.faults.scripted.append(scripted))

    def add_thing(self, thing: str) -> None:
        """A Thing without shadows."""
        self._do(lambda: self._sandbox.store.add_thing(thing))

    def seed(
        self,
        thing: str,
        shadow: str | None,
        reported: dict[str, Any] | None = None,
        desired: dict[str, Any] | None = None,
    ) -> None:
        """Update the shadow as UpdateThingShadow does. AwsError if the document is refused."""
        sections = {"reported": reported, "desired": desired}
        state = {section: value for section, value in sections.items() if value is not None}
        self._do(lambda: self._sandbox.store.update(thing, shadow, compact_json({"state": state})))

    def delete(self, thing: str, shadow: str | None) -> None:
        self._do(lambda: self._sandbox.store.delete(thing, shadow))

    def put_raw(self, thing: str, shadow: str, body: bytes | None) -> None:
        """Let GetThingShadow answer exactly these bytes; None undoes it."""
        self._do(lambda: self._sandbox.store.put_raw(thing, shadow, body))

    def vanish(self, thing: str, shadow: str, vanished: bool = True) -> None:
        """Keep the shadow listed but let GetThingShadow answer 404."""
        self._do(lambda: self._sandbox.store.vanish(thing, shadow, vanished))

    def things(self) -> dict[str, int]:
        return self._do(self._sandbox.store.counts)

    def counters(self) -> dict[str, dict[str, int]]:
        """Per operation, as GET /sandbox/counters."""
        return self._do(self._sandbox.record.counters)

    def invocations(self, thing: str | None = None, shadow: str | None = None) -> list[dict[str, Any]]:
        """What the Lambda received, oldest first; `payload` is the exact bytes, or None when no longer kept."""
        record = self._sandbox.record
        return self._do(
            lambda: [row | {"payload": record.payload(row["seq"])} for row in record.invocations(thing, shadow)]
        )

    def refusals(self) -> list[dict[str, Any]]:
        """Invocations that were throttled, failed or reset, oldest first."""
        return self._do(self._sandbox.record.refusals)

    def reset(self, shadows: bool = False) -> None:
        """See Sandbox.reset."""
        self._do(lambda: self._sandbox.reset(shadows))

    def _do(self, action: Callable[[], Result]) -> Result:
        done: Future[Result] = Future()

        def run() -> None:
            try:
                done.set_result(action())
            except Exception as error:  # noqa: BLE001 - it is raised again in the caller's thread
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(WAIT_SECONDS)


@contextmanager
def running(*, fleet: str = "none", seed: int = 0, port: int = 0, **knobs: Any) -> Iterator[RunningSandbox]:
    """Serve on 127.0.0.1 while the block runs; `fleet` as for the command line, the rest are knobs."""
    sandbox = Sandbox(Knobs().changed({"seed": seed, **knobs}), seeder(fleet, seed))
    server = Server(sandbox)
    loop = new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    try:
        bound = asyncio.run_coroutine_threadsafe(server.start("127.0.0.1", port), loop).result(WAIT_SECONDS)
        try:
            yield RunningSandbox(f"http://127.0.0.1:{bound}", sandbox, loop)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(WAIT_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_SECONDS)
        loop.close()
