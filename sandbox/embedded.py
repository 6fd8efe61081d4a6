"""The sandbox inside the caller's process: a server thread on a free loopback port, for tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sandbox.app import Sandbox
from sandbox.event_loop import new_event_loop
from sandbox.fleet import seeder
from sandbox.function import START_SECONDS, Function
from sandbox.knobs import Knobs
from sandbox.registry_seed import registry_seed
from sandbox.rule import rule
from sandbox.running_registry import WAIT_SECONDS, Result
from sandbox.running_sandbox import RunningSandbox
from sandbox.server import Server


@contextmanager
def running(
    *,
    fleet: str = "none",
    seed: int = 0,
    port: int = 0,
    lambda_handler: str | None = None,
    lambda_environment: Mapping[str, str] | None = None,
    destination_url: str | None = None,
    destination_key: str | None = None,
    registry: Mapping[str, Any] | None = None,
    **knobs: Any,
) -> Iterator[RunningSandbox]:
    """Serve on 127.0.0.1 while the block runs; the arguments are as for the command line, the rest are knobs.

    `registry` has the parts of a RegistrySeed. HandlerError if `lambda_handler` cannot be loaded.
    """
    function = Function(lambda_handler, lambda_environment or {}) if lambda_handler else None
    first_rule = rule({"url": destination_url, "key": destination_key}) if destination_url else None
    sandbox = Sandbox(
        Knobs().changed({"seed": seed, **knobs}),
        seeder(fleet, seed),
        first_rule,
        function,
        registry_seed(registry or {}),
    )
    server = Server(sandbox)
    loop = new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, Result], seconds: float = WAIT_SECONDS) -> Result:
        return asyncio.run_coroutine_threadsafe(work, loop).result(seconds)

    try:
        url = f"http://127.0.0.1:{run(server.start('127.0.0.1', port))}"
        try:
            run(sandbox.open(url), START_SECONDS + WAIT_SECONDS)
            yield RunningSandbox(url, sandbox, loop)
        finally:
            run(sandbox.close())
            run(server.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_SECONDS)
        loop.close()
