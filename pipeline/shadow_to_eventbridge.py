"""The Lambda behind the topic rule: what the rule selected of a shadow's update becomes one EventBridge event.

It takes {"thingName", "shadowName", "version", "reported", "desired", "metadata"}, without the sections that the shadow
does not have, and puts an entry whose detail is {"thingName", "shadowName", "partnerId", "version", "reportedState",
"desiredState", "deltaState", "metadata"}; of these the last four are JSON in a string, or null.

Integers keep every digit. A decimal is already a double when Lambda's runtime hands the event over, so that 1.0 stays
1.0, but digits beyond a double's are gone before this code runs, and no parse_float can bring them back.

An error tells only its class and numbers: messages end up in logs, and a shadow can hold a PIN code.

Environment, read when the file is loaded: EVENT_BUS_NAME, PARTNER_ID (may be missing), and AWS's own variables.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

JsonObject = dict[str, Any]

SOURCE = "spk.iot.shadow"
DETAIL_TYPE = "Shadow Update"
# https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb
ENTRY_LIMIT_BYTES = 1024 * 1024
THROTTLES = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"}

EVENT_BUS_NAME = os.environ["EVENT_BUS_NAME"]
PARTNER_ID = os.environ.get("PARTNER_ID") or None
# Made once, so that invocations share its connections. With all its attempts it is done before the function's own
# time-out: a function that is killed cannot say why it failed.
events: EventBridgeClient = boto3.client(
    "events",
    config=Config(
        connect_timeout=2,
        read_timeout=4,
        retries={"total_max_attempts": 2, "mode": "standard"},
        tcp_keepalive=True,
    ),
)


class InvalidEventError(Exception):
    """The event is not what the topic rule selects."""


class EntryTooLargeError(Exception):
    """EventBridge would never take it."""


class ThrottledError(Exception):
    """EventBridge takes no more just now."""


class PutEventsError(Exception):
    """EventBridge did not take it, for the reason whose code is the message."""


def handler(event: Any, _context: object) -> dict[str, str]:
    """Put the event, and return {"eventId": the id of EventBridge's envelope}."""
    detail = json.dumps(_detail(event), separators=(",", ":"))
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/events/CalculatePutEventsEntrySize.html
    size = sum(len(text.encode()) for text in (SOURCE, DETAIL_TYPE, detail))
    if size > ENTRY_LIMIT_BYTES:
        raise EntryTooLargeError(f"{size} bytes; EventBridge takes {ENTRY_LIMIT_BYTES}")
    return {"eventId": _put(detail)}


def delta(desired: JsonObject, reported: JsonObject) -> JsonObject:
    """What of *desired* is not reported, as AWS IoT computes it: objects by their fields, arrays as a whole."""
    differing: JsonObject = {}
    for key, value in desired.items():
        if key not in reported:
            differing[key] = value
        elif isinstance(value, dict) and isinstance(reported[key], dict):
            if inner := delta(value, reported[key]):
                differing[key] = inner
        elif not _same(value, reported[key]):
            differing[key] = value
    return differing


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON: 1 is 1.0, but not true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _detail(event: Any) -> JsonObject:
    if not isinstance(event, dict):
        raise InvalidEventError("the event is not an object")
    for name in ("thingName", "shadowName"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise InvalidEventError(f"{name} is not a name")
    if type(event.get("version")) is not int:
        raise InvalidEventError("version is not an integer")
    reported, desired, metadata = (_section(event, name) for name in ("reported", "desired", "metadata"))
    return {
        "thingName": event["thingName"],
        "shadowName": event["shadowName"],
        "partnerId": PARTNER_ID,
        "version": event["version"],
        "reportedState": _text(reported),
        "desiredState": _text(desired),
        "deltaState": _text(delta(desired or {}, reported or {}) or None),
        "metadata": _text(metadata),
    }


def _section(event: JsonObject, name: str) -> JsonObject | None:
    section = event.get(name)
    if not isinstance(section, dict | None):
        raise InvalidEventError(f"{name} is not an object")
    return section


def _text(section: JsonObject | None) -> str | None:
    if section is None:
        return None
    try:
        return json.dumps(section, separators=(",", ":"), allow_nan=False)
    except ValueError:
        # The runtime reads 1e999 as infinity, which JSON cannot say.
        raise InvalidEventError("a number is beyond the range of a double") from None


def _put(detail: str) -> str:
    try:
        answer = events.put_events(
            Entries=[{"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": detail, "EventBusName": EVENT_BUS_NAME}]
        )
    except ClientError as error:
        # AWS's message quotes the entry where it finds fault with it.
        raise _refusal(error.response["Error"]["Code"]) from None
    except BotoCoreError as error:
        raise PutEventsError(type(error).__name__) from None
    result = (answer.get("Entries") or [{}])[0]
    if "EventId" not in result:
        raise _refusal(result.get("ErrorCode", "the answer is not EventBridge's"))
    return result["EventId"]


def _refusal(code: str) -> Exception:
    return ThrottledError(code) if code in THROTTLES else PutEventsError(code)
