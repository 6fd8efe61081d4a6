"""What is known of the message besides its payload: where it came from, and on which topic.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence

from iot_sql.functions.registry import Call, function
from iot_sql.values import UNDEFINED, Undefined, Value, Version, to_int

_MQTT_PROPERTIES = ("content_type", "correlation_data", "format_indicator", "response_topic")


@function("accountid", 0)
def accountid(call: Call) -> Value:
    return _known(call.context.account_id)


@function("clientid", 0)
def clientid(call: Call) -> Value:
    """``n/a`` where the message was not sent over MQTT."""
    sent = None if _is_http(call) else call.context.client_id
    return "n/a" if sent is None else sent


@function("get_mqtt_property", 1, since=Version.V2016)
def get_mqtt_property(call: Call, name: Value) -> Value:
    """A header of MQTT 5; Undefined where the message has none of that name, but ``UNSPECIFIED_BYTES`` for its
    ``format_indicator``. ``correlation_data`` is Base64 text.
    """
    if name not in _MQTT_PROPERTIES:
        return UNDEFINED
    value = (call.context.mqtt_properties or {}).get(str(name))
    return "UNSPECIFIED_BYTES" if value is None and name == "format_indicator" else _known(value)


@function("get_user_properties", 0, 1, since=Version.V2016)
def get_user_properties(call: Call, *key: Value) -> Value:
    """All values of the MQTT 5 user property *key*, Undefined where there is none; without a key, every property as an
    object of its own.
    """
    properties = call.context.user_properties
    if properties is None:
        return UNDEFINED
    if not key:
        return [{name: value} for name, value in _pairs(properties)]
    return [value for name, value in _pairs(properties) if name == key[0]] or UNDEFINED


@function("newuuid", 0)
def newuuid(_: Call) -> Value:
    return str(uuid.uuid4())


@function("principal", 0)
def principal(call: Call) -> Value:
    return _known(call.context.principal)


@function("sourceip", 0, since=Version.V2016)
def sourceip(call: Call) -> Value:
    return _known(call.context.source_ip)


@function("sql_version", 0)
def sql_version(call: Call) -> Value:
    return call.version.value


@function("topic", 0, 1)
def topic(call: Call, *segment: Value) -> Value:
    """The topic, or its *segment* counted from 1; Undefined where it has no such segment."""
    if not segment:
        return call.topic
    number, levels = to_int(segment[0]), call.topic.split("/")
    return levels[number - 1] if number is not UNDEFINED and 1 <= number <= len(levels) else UNDEFINED


@function("traceid", 0)
def traceid(call: Call) -> Value:
    """Undefined where the message was not sent over MQTT."""
    return UNDEFINED if _is_http(call) else _known(call.context.trace_id)


def _known(value: str | None) -> str | Undefined:
    return UNDEFINED if value is None else value


def _is_http(call: Call) -> bool:
    return (call.context.protocol or "").upper().startswith("HTTP")


def _pairs(properties: Mapping[str, str | Sequence[str]]) -> Iterator[tuple[str, str]]:
    for name, values in properties.items():
        for value in [values] if isinstance(values, str) else values:
            yield name, value
