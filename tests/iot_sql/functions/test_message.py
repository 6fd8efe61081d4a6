"""By the sections of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.context import Context
from iot_sql.functions import Call, find
from iot_sql.values import UNDEFINED, Value, Version
from tests.iot_sql.functions.applying import apply, typed
from tests.iot_sql.strategies import VALUES

PROPERTIES = {"content_type": "text/plain", "response_topic": "a/answer", "correlation_data": "Y2lk"}
USER_PROPERTIES = {"some key": ["some value", "value with duplicate key"], "other key": "a different value"}


def call(name: str, *arguments: Value, topic: str = "", version: Version = Version.V2016, **known: Any) -> Value:
    found = find(name)
    assert found
    return found(Call(version, topic, Context(**known)), list(arguments))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("accountid", "account_id"),
        ("clientid", "client_id"),
        ("principal", "principal"),
        ("sourceip", "source_ip"),
        ("traceid", "trace_id"),
    ],
)
def test_what_is_known_of_the_message_is_told(name: str, field: str) -> None:
    known: dict[str, Any] = {field: "known"}
    assert call(name, **known) == "known"


@pytest.mark.parametrize("name", ["accountid", "principal", "sourceip", "traceid"])
def test_what_is_not_known_is_undefined(name: str) -> None:
    assert call(name) is UNDEFINED


def test_a_client_id_that_is_not_known_is_not_applicable() -> None:
    assert call("clientid") == "n/a"


def test_a_message_over_http_has_neither_client_id_nor_trace_id() -> None:
    assert call("clientid", client_id="c", protocol="HTTP") == "n/a"
    assert call("traceid", trace_id="t", protocol="HTTP") is UNDEFINED


@pytest.mark.parametrize("protocol", ["MQTT", "MQTT over WebSocket", None])
def test_a_message_over_mqtt_has_both(protocol: str | None) -> None:
    assert call("clientid", client_id="c", protocol=protocol) == "c"
    assert call("traceid", trace_id="t", protocol=protocol) == "t"


@pytest.mark.parametrize("version", Version)
def test_sql_version_tells_the_version_of_the_rule(version: Version) -> None:
    assert call("sql_version", version=version) == version.value


def test_newuuid_is_another_uuid_each_time() -> None:
    first, second = call("newuuid"), call("newuuid")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(first))
    assert first != second


@pytest.mark.parametrize("name", PROPERTIES)
def test_an_mqtt_property_is_told_by_its_name(name: str) -> None:
    assert call("get_mqtt_property", name, mqtt_properties=PROPERTIES) == PROPERTIES[name]
    assert call("get_mqtt_property", name, mqtt_properties={}) is UNDEFINED
    assert call("get_mqtt_property", name) is UNDEFINED


def test_a_message_that_does_not_tell_its_format_has_unspecified_bytes() -> None:
    assert (
        call("get_mqtt_property", "format_indicator", mqtt_properties={"format_indicator": "UTF8_DATA"}) == "UTF8_DATA"
    )
    assert call("get_mqtt_property", "format_indicator") == "UNSPECIFIED_BYTES"


@pytest.mark.parametrize("name", ["some_invalid_name", "Content_Type", 1, None, ["content_type"], UNDEFINED])
def test_other_names_are_undefined(name: Value) -> None:
    assert call("get_mqtt_property", name, mqtt_properties={**PROPERTIES, "some_invalid_name": "x"}) is UNDEFINED


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("some key", ["some value", "value with duplicate key"]),
        ("other key", ["a different value"]),
        ("non-existent key", UNDEFINED),
        (None, UNDEFINED),
        (UNDEFINED, UNDEFINED),
    ],
)
def test_a_user_property_has_all_its_values(key: Value, values: Value) -> None:
    assert call("get_user_properties", key, user_properties=USER_PROPERTIES) == values


def test_without_a_key_all_user_properties_are_told() -> None:
    assert call("get_user_properties", user_properties=USER_PROPERTIES) == [
        {"some key": "some value"},
        {"some key": "value with duplicate key"},
        {"other key": "a different value"},
    ]


@pytest.mark.parametrize("arguments", [(), ("some key",)])
def test_user_properties_that_are_not_known_are_undefined(arguments: tuple[str, ...]) -> None:
    assert call("get_user_properties", *arguments) is UNDEFINED


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (1, "foo"),
        (3, "baz"),
        (2.9, "bar"),
        ("2", "bar"),
        (0, UNDEFINED),
        (4, UNDEFINED),
        (-1, UNDEFINED),
        (10**40, UNDEFINED),
        (True, UNDEFINED),
        ("two", UNDEFINED),
        ([1], UNDEFINED),
        ({}, UNDEFINED),
        (None, UNDEFINED),
        (UNDEFINED, UNDEFINED),
    ],
)
def test_topic_tells_its_segments_from_1_on(segment: Value, expected: Value) -> None:
    assert typed(call("topic", segment, topic="foo/bar/baz")) == typed(expected)


def test_topic_alone_is_all_of_it() -> None:
    assert call("topic", topic="foo/bar/baz") == "foo/bar/baz"


@pytest.mark.parametrize("name", ["get_mqtt_property", "get_user_properties", "sourceip"])
def test_version_2016_has_it_first(name: str) -> None:
    found = find(name)
    assert found
    assert found.since is Version.V2016


@settings(deadline=timedelta(seconds=5))
@given(st.sampled_from(["get_mqtt_property", "get_user_properties", "topic"]), VALUES)
def test_any_argument_has_a_result(name: str, argument: Value) -> None:
    apply(name, argument)
