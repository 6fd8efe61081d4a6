"""`python -m sandbox`: serve until SIGINT or SIGTERM; one JSON line on stdout says where."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import Any

import click

from sandbox.app import Sandbox
from sandbox.event_loop import new_event_loop
from sandbox.fleet import seeder
from sandbox.knobs import KnobError, Knobs
from sandbox.server import Server


async def serve(sandbox: Sandbox, host: str, port: int) -> None:
    server = Server(sandbox)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    bound = await server.start(host, port)
    shown = f"[{host}]" if ":" in host else host
    click.echo(json.dumps({"url": f"http://{shown}:{bound}", "pid": os.getpid()}))
    await stop.wait()
    await server.stop()


@click.command(context_settings={"max_content_width": 110})
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--fleet", default="none", show_default=True, help="none, demo, or THINGSxSHADOWS such as 100x10.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the fleet and of the dice.")
@click.option("--iot-latency-ms", type=float, help="Of every iot-data call.")
@click.option("--lambda-latency-ms", type=float, help="Of every Invoke.")
@click.option("--iot-throttle-above", type=float, metavar="RPS", help="iot-data answers 429 above this rate.")
@click.option("--lambda-throttle-above", type=float, metavar="RPS", help="Lambda answers 429 above this rate.")
@click.option("--iot-error-rate", type=float, metavar="SHARE", help="Of iot-data calls that answer 500 or 503.")
@click.option("--lambda-error-rate", type=float, metavar="SHARE", help="Of Invokes that answer 500 or 503.")
@click.option("--iot-reset-rate", type=float, metavar="SHARE", help="Of iot-data calls whose connection is reset.")
@click.option("--lambda-reset-rate", type=float, metavar="SHARE", help="Of Invokes whose connection is reset.")
@click.option("--reset-after-work", is_flag=True, default=None, help="A reset call has had its effect.")
@click.option("--function-error-rate", type=float, metavar="SHARE", help="Of Invokes whose function raises.")
@click.option("--function", "functions", multiple=True, help="A function that exists (repeatable).")
def main(host: str, port: int, fleet: str, seed: int, **knobs: Any) -> None:
    """A whole AWS side on loopback: iot-data shadows and Lambda Invoke, with faults to order."""
    given = {name: value for name, value in knobs.items() if value not in (None, ())}
    if "functions" in given:
        given["functions"] = list(given["functions"])
    try:
        sandbox = Sandbox(Knobs().changed({"seed": seed, **given}), seeder(fleet, seed))
    except KnobError as error:
        raise click.UsageError(str(error)) from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fleet") from None
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        try:
            runner.run(serve(sandbox, host, port))
        except OSError as error:
            raise click.ClickException(f"cannot listen on {host} port {port}: {error.strerror}") from None


if __name__ == "__main__":
    main()
