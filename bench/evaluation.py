"""What shaping an event costs beside the call that reads its shadow. Run as a process of its own, with a worker's
environment.

Prints one JSON line: bytes of the shadow's document, and CPU milliseconds of this process for each step. The steps take
turns, so that a machine that slows down does so for all of them.
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import boto3

from iot_sql import Context, Message, to_json
from worker import logs
from worker.aws import Aws, LiveRule
from worker.events import rule_event
from worker.messages import rebuild, topic
from worker.rule import rule_in_force
from worker.settings import Settings, load

THING, SHADOW = "evaluation", "lock"
TURNS, TIMES = 40, 50
NOW_MS = 1_795_363_200_123


def main(size: int) -> None:
    settings = load(Settings)
    # Standard output is for the result.
    logs.configure(settings)
    aws = Aws(settings)
    rule = rule_in_force(settings, _none)
    document = _put(aws, size)
    shadow = Message.parse(document, rule.sql.version).value
    context = Context(now_ms=NOW_MS)

    def evaluate() -> Any:
        message = Message(rebuild(rule.kind, shadow, published_at=NOW_MS // 1000))
        return rule.sql.evaluate(message, topic(rule.kind, THING, SHADOW), context)

    selected = evaluate()
    plane = boto3.client("iot-data")
    steps: dict[str, Callable[[], object]] = {
        "boto3": lambda: plane.get_thing_shadow(thingName=THING, shadowName=SHADOW)["payload"].read(),
        "get": lambda: aws.shadow(THING, SHADOW),
        "parse": lambda: Message.parse(document, rule.sql.version),
        "evaluate": evaluate,
        "serialise": lambda: to_json(selected).encode(errors="surrogatepass"),
        "event": lambda: rule_event(rule, document, thing_name=THING, shadow_name=SHADOW, now_ms=NOW_MS),
    }
    # As a worker does.
    gc.freeze()
    spent = dict.fromkeys(steps, 0.0)
    for _ in range(TURNS):
        for name, step in steps.items():
            spent[name] += _cpu_ms(step) / TURNS
    sys.stdout.write(json.dumps({"bytes": len(document), "ms": spent}) + "\n")


def _put(aws: Aws, size: int) -> bytes:
    """A lock's shadow whose document has at least *size* bytes, as GetThingShadow answers it."""
    plane = boto3.client("iot-data")
    reported: dict[str, Any] = {"available": True, "lastCommand": {"name": "UnlockDoor", "pinCode": "471100"}}
    document = b""
    while len(document) < size:
        reported |= {f"1/257/{len(reported) + number}": 1000 + number for number in range(4)}
        state = {"reported": reported, "desired": {"1/257/2": 1}}
        plane.update_thing_shadow(thingName=THING, shadowName=SHADOW, payload=json.dumps({"state": state}))
        document = aws.shadow(THING, SHADOW)
    return document


def _cpu_ms(step: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(TIMES):
        step()
    return 1000 * (time.process_time() - began) / TIMES


def _none(name: str) -> LiveRule:
    raise AssertionError(name)


if __name__ == "__main__":
    main(int(sys.argv[1]))
