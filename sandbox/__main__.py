"""`python -m sandbox`: serve until SIGINT or SIGTERM; one JSON line on stdout says where."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import click

from sandbox.app import Sandbox
from sandbox.event_loop import new_event_loop
from sandbox.fleet import seeder
from sandbox.function import Function, HandlerError
from sandbox.knobs import KnobError, Knobs
from sandbox.registry_seed import RegistryError, RegistrySeed, registry_seed
from sandbox.rule import Rule, RuleError, rule
from sandbox.server import Server

_RULE = {
    "destination_url": "url",
    "destination_header": "header",
    "destination_key": "key",
    "event_bus": "event_bus",
    "event_pattern": "event_pattern",
}


async def serve(sandbox: Sandbox, host: str, port: int) -> None:
    server = Server(sandbox)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    bound = await server.start(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{bound}"
    try:
        await sandbox.open(url)
        click.echo(json.dumps({"url": url, "pid": os.getpid()}))
        await stop.wait()
    finally:
        await sandbox.close()
        await server.stop()


def _environment(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [variable.partition("=") for variable in given]
    for name, sign, _ in pairs:
        if not name or not sign:
            raise click.BadParameter(f"{name or '='} is not NAME=VALUE")
    return {name: value for name, _, value in pairs}


class _JsonObject(click.ParamType[dict[str, Any]]):
    name = "JSON"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        try:
            found = json.loads(value)
        except ValueError as error:
            self.fail(f"not JSON: {error}", param, ctx)
        return found if isinstance(found, dict) else self.fail("not a JSON object", param, ctx)


class _RegistryFile(click.ParamType[RegistrySeed]):
    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> RegistrySeed:
        try:
            return registry_seed(json.loads(Path(value).read_bytes()))
        except OSError as error:
            self.fail(f"cannot read {value}: {error.strerror}", param, ctx)
        except RegistryError as error:
            self.fail(str(error), param, ctx)
        except ValueError as error:
            self.fail(f"not JSON: {error}", param, ctx)


def _rule(destination: dict[str, Any]) -> Rule | None:
    given = {part: value for part, value in destination.items() if value is not None}
    if given and "url" not in given:
        raise click.UsageError("Events are sent nowhere: name a --destination-url.")
    return rule(given) if given else None


@click.command(context_settings={"max_content_width": 110})
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--fleet",
    default="none",
    show_default=True,
    help="none, demo, or THINGSxSHADOWS such as 100x10; in the thing group fleet.",
)
@click.option(
    "--registry",
    type=_RegistryFile(),
    metavar="FILE",
    help="JSON with more things, groups and rules, as POST /sandbox/registry takes.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the fleet and of the dice.")
@click.option("--iot-latency-ms", type=float, help="Of every iot-data call.")
@click.option("--iot-control-latency-ms", type=float, help="Of every call of IoT's control plane.")
@click.option("--lambda-latency-ms", type=float, help="Of every Invoke.")
@click.option("--spacetimedb-latency-ms", type=float, help="Of every call to SpacetimeDB.")
@click.option("--events-latency-ms", type=float, help="Of every PutEvents.")
@click.option("--iot-throttle-above", type=float, metavar="RPS", help="iot-data answers 429 above this rate.")
@click.option(
    "--iot-control-throttle-above", type=float, metavar="RPS", help="It throttles, with 400, above this rate."
)
@click.option("--lambda-throttle-above", type=float, metavar="RPS", help="Lambda answers 429 above this rate.")
@click.option(
    "--spacetimedb-throttle-above", type=float, metavar="RPS", help="SpacetimeDB answers 429 above this rate."
)
@click.option("--events-throttle-above", type=float, metavar="RPS", help="PutEvents is throttled above this rate.")
@click.option("--iot-error-rate", type=float, metavar="SHARE", help="Of iot-data calls that answer 500 or 503.")
@click.option("--iot-control-error-rate", type=float, metavar="SHARE", help="Of its calls that answer 500 or 503.")
@click.option("--lambda-error-rate", type=float, metavar="SHARE", help="Of Invokes that answer 500 or 503.")
@click.option("--spacetimedb-error-rate", type=float, metavar="SHARE", help="Of its calls that answer 500 or 503.")
@click.option("--events-error-rate", type=float, metavar="SHARE", help="Of PutEvents that answer 500 or 503.")
@click.option("--iot-reset-rate", type=float, metavar="SHARE", help="Of iot-data calls whose connection is reset.")
@click.option("--iot-control-reset-rate", type=float, metavar="SHARE", help="Of its calls whose connection is reset.")
@click.option("--iot-control-index", type=click.Choice(["ready", "building", "off"]), help="Default: ready.")
@click.option("--iot-control-page-examines", type=int, metavar="THINGS", help="By each page. Default: what it takes.")
@click.option("--lambda-reset-rate", type=float, metavar="SHARE", help="Of Invokes whose connection is reset.")
@click.option("--spacetimedb-reset-rate", type=float, metavar="SHARE", help="Of its calls whose connection is reset.")
@click.option("--spacetimedb-database", metavar="NAME", help="The database that there is. Default: shadows.")
@click.option("--events-reset-rate", type=float, metavar="SHARE", help="Of PutEvents whose connection is reset.")
@click.option("--reset-after-work", is_flag=True, default=None, help="A reset call has had its effect.")
@click.option("--function-error-rate", type=float, metavar="SHARE", help="Of Invokes whose function raises.")
@click.option("--function", "functions", multiple=True, help="A function that exists (repeatable).")
@click.option("--function-timeout-ms", type=float, help="Until a run of the handler has failed. Default: 30000.")
@click.option("--lambda-handler", metavar="MODULE:FUNCTION", help="What every function runs. Default: nothing.")
@click.option(
    "--lambda-env", multiple=True, callback=_environment, metavar="NAME=VALUE", help="For the handler (repeatable)."
)
@click.option("--events-entry-error-rate", type=float, metavar="SHARE", help="Of the entries of PutEvents that fail.")
@click.option("--event-bus", metavar="NAME", help="Whose events are sent on. Default: default.")
@click.option("--event-pattern", type=_JsonObject(), help="Which of them. Default: the source and type of the Lambda.")
@click.option("--destination-url", metavar="URL", help="Where they are sent. Default: nowhere.")
@click.option("--destination-header", metavar="NAME", help="That the key is sent in. Default: X-Api-Key.")
@click.option("--destination-key", envvar="SANDBOX_DESTINATION_KEY", show_envvar=True, help="Of the connection.")
@click.option("--delivery-timeout-ms", type=float, help="For an answer of the destination. Default: 5000.")
@click.option("--delivery-rate", type=float, metavar="RPS", help="At most, to the destination. Default: 300.")
@click.option("--delivery-max-retries", type=int, help="Until an event is a dead letter. Default: 185.")
@click.option("--delivery-max-age-s", type=float, help="Until an event is a dead letter. Default: 86400.")
@click.option("--delivery-delay-ms", type=float, help="Before the first attempt.")
@click.option("--delivery-drop-rate", type=float, metavar="SHARE", help="Of events that get lost.")
@click.option("--delivery-duplicate-rate", type=float, metavar="SHARE", help="Of events that are delivered twice.")
@click.option("--delivery-reorder-rate", type=float, metavar="SHARE", help="Of events that the next one overtakes.")
@click.option("--wait-scale", type=float, metavar="SHARE", help="Of AWS's waits between attempts. Default: 1.")
def main(
    host: str,
    port: int,
    fleet: str,
    seed: int,
    lambda_handler: str | None,
    lambda_env: dict[str, str],
    registry: RegistrySeed | None,
    **options: Any,
) -> None:
    """AWS on loopback: IoT's two planes, Lambda, EventBridge, and SpacetimeDB beyond; with faults to order."""
    destination = {part: options.pop(option) for option, part in _RULE.items()}
    knobs = options
    given = {name: value for name, value in knobs.items() if value not in (None, ())}
    if "functions" in given:
        given["functions"] = list(given["functions"])
    try:
        sandbox = Sandbox(
            Knobs().changed({"seed": seed, **given}),
            seeder(fleet, seed),
            _rule(destination),
            Function(lambda_handler, lambda_env) if lambda_handler else None,
            registry,
        )
    except RegistryError as error:
        raise click.BadParameter(str(error), param_hint="--registry") from None
    except (KnobError, RuleError) as error:
        raise click.UsageError(str(error)) from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fleet") from None
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        try:
            runner.run(serve(sandbox, host, port))
        except HandlerError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise click.ClickException(f"cannot listen on {host} port {port}: {error.strerror}") from None


if __name__ == "__main__":
    main()
