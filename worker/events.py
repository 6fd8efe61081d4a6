"""From a shadow document to the event that the topic rule would have handed to the Lambda.

The rule, on ``$aws/things/+/shadow/name/+/update/documents``::

    SELECT current.state.reported AS reported, current.state.desired AS desired, current.metadata AS metadata,
           current.version AS version, topic(3) AS thingName, topic(6) AS shadowName, timestamp AS timestamp

What a document does not have is Undefined to the rule, and left out of the event. Message shapes:
https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-document.html
"""

from dataclasses import dataclass, field
from typing import Any

import simplejson

JsonObject = dict[str, Any]


class DocumentError(Exception):
    """The shadow's document is not one that AWS IoT would have published. The message quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Event:
    """What the Lambda is to receive. ``payload`` is JSON in UTF-8, and stays out of every repr: it can hold a PIN
    code.
    """

    payload: bytes = field(repr=False)
    version: int


def rule_event(document: bytes, *, thing_name: str, shadow_name: str, published_at: int) -> Event | None:
    """Shape GetThingShadow's answer as the rule would have shaped the message published at *published_at* (Unix
    seconds).

    Numbers keep their JSON type and every digit. Returns None where the rule would not have fired.

    Raises:
        DocumentError: the document is not a shadow's.
    """
    try:
        shadow = _parse(document)
        event = _select(_update_documents(shadow, published_at), thing_name, shadow_name)
        payload = simplejson.dumps(event, use_decimal=True, separators=(",", ":")).encode()
    except RecursionError:
        raise DocumentError("the shadow document is nested too deeply") from None
    return Event(payload, shadow["version"])


def _parse(document: bytes) -> JsonObject:
    if not document:
        raise DocumentError("the shadow document is empty")
    try:
        shadow = simplejson.loads(document, use_decimal=True)
    except ValueError:
        raise DocumentError("the shadow document is not JSON") from None
    if not isinstance(shadow, dict):
        raise DocumentError("the shadow document is not a JSON object")
    if type(shadow.get("version")) is not int:
        raise DocumentError("the shadow document has no version number")
    return shadow


def _update_documents(shadow: JsonObject, published_at: int) -> JsonObject:
    """The message on ``update/documents``. It holds no delta, which only GetThingShadow adds."""
    current = {name: _without_delta(shadow, name) for name in ("state", "metadata") if name in shadow}
    return {"current": {**current, "version": shadow["version"]}, "timestamp": published_at}


def _without_delta(shadow: JsonObject, section: str) -> JsonObject:
    content = shadow[section]
    if not isinstance(content, dict):
        raise DocumentError(f"the shadow document's {section} is not an object")
    return {name: value for name, value in content.items() if name != "delta"}


def _select(message: JsonObject, thing_name: str, shadow_name: str) -> JsonObject:
    current = message["current"]
    state = current.get("state", {})
    event = {name: state[name] for name in ("reported", "desired") if name in state}
    if "metadata" in current:
        event["metadata"] = current["metadata"]
    return {
        **event,
        "version": current["version"],
        "thingName": thing_name,
        "shadowName": shadow_name,
        "timestamp": message["timestamp"],
    }
