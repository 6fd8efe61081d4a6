"""The event is the one that the default topic rule would have made of the shadow's own publish."""

import json
from contextlib import suppress
from typing import Any

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.fakes import rule_of
from worker.events import DocumentError, Event, RuleError, rule_event
from worker.rule import TopicRule
from worker.settings import Settings

NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
SECTIONS = st.dictionaries(st.text(), VALUES, max_size=5)


NOW_MS = 1_755_820_000_123
DEFAULT = rule_of(Settings())


def shaped(document: bytes, rule: TopicRule = DEFAULT, **more: Any) -> Event | None:
    return rule_event(rule, document, thing_name="lock-1", shadow_name="$config", now_ms=NOW_MS, **more)


def event_of(document: bytes, rule: TopicRule = DEFAULT, **more: Any) -> Any:
    event = shaped(document, rule, **more)
    assert event
    return simplejson.loads(event.payload, use_decimal=True)


def test_the_event_has_what_the_rule_selects_and_the_time_of_the_sync() -> None:
    document = {
        "state": {"desired": {"a": 2}, "reported": {"a": 1}, "delta": {"a": 2}},
        "metadata": {"desired": {"a": {"timestamp": 1}}, "reported": {"a": {"timestamp": 2}}},
        "version": 7,
        "timestamp": 1_600_000_000,
    }

    assert event_of(json.dumps(document).encode()) == {
        "reported": {"a": 1},
        "desired": {"a": 2},
        "metadata": document["metadata"],
        "version": 7,
        "thingName": "lock-1",
        "shadowName": "$config",
        "timestamp": 1_755_820_000,
    }


def test_what_the_shadow_does_not_have_is_left_out() -> None:
    assert event_of(b'{"state":{"reported":{"a":1}},"version":1}') == {
        "reported": {"a": 1}, "version": 1, "thingName": "lock-1", "shadowName": "$config", "timestamp": 1_755_820_000
    }  # fmt: skip


def test_the_delta_that_only_a_get_adds_is_left_out_of_state_and_metadata() -> None:
    document = b'{"state":{"desired":{"a":2},"delta":{"a":2}},"metadata":{"desired":{},"delta":{}},"version":1}'

    event = event_of(document)

    assert event["metadata"] == {"desired": {}}
    assert "delta" not in event


@pytest.mark.parametrize(
    "number", ["9007199254740993", "1.0", "1", "0.1234567890123456789", "-0", "12345678901234567890"]
)
def test_a_number_keeps_its_type_and_every_digit(number: str) -> None:
    event = shaped(
        f'{{"state":{{"reported":{{"n":{number}}}}},"version":{number if number.isdigit() else 1}}}'.encode()
    )

    assert event
    expected = "0" if number == "-0" else number
    assert f'"n":{expected}}}'.encode() in event.payload


@given(reported=SECTIONS, desired=SECTIONS, version=st.integers(min_value=0))
def test_whatever_a_shadow_reports_arrives_unchanged(
    reported: dict[str, Any], desired: dict[str, Any], version: int
) -> None:
    document = simplejson.dumps({"state": {"reported": reported, "desired": desired}, "version": version})

    event = event_of(document.encode())

    assert types(event["reported"]) == types(reported)
    assert types(event["desired"]) == types(desired)
    assert event["version"] == version


def types(value: object) -> object:
    """The value with each number's type beside it: 1 and 1.0 are equal, and must not be taken for each other."""
    if isinstance(value, dict):
        return {key: types(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [types(inner) for inner in value]
    return (type(value), value)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "is empty"),
        (b"not JSON", "is not JSON"),
        (b'{"version": NaN}', "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b'{"version": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"{}", "has no version number"),
        (b'{"version": true}', "has no version number"),
        (b'{"version": 1.5}', "has no version number"),
        (b'{"version": 1, "state": []}', "state is not an object"),
        (b'{"version": 1, "metadata": 4}', "metadata is not an object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"version": 1, "state": {"reported": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_002, "nested too deeply"),
    ],
)
def test_a_document_that_is_not_a_shadow_is_refused_with_a_reason_that_quotes_nothing(
    document: bytes, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason):
        shaped(document)


@given(st.binary() | st.text().map(str.encode) | VALUES.map(lambda value: simplejson.dumps(value).encode()))
def test_any_bytes_end_in_an_event_or_a_document_error(document: bytes) -> None:
    with suppress(DocumentError):
        shaped(document)


def test_an_event_does_not_show_its_payload() -> None:
    event = shaped(b'{"state":{"reported":{"pin":"4711"}},"version":1}')

    assert "4711" not in repr(event)


ACCEPTED = "$aws/things/+/shadow/name/+/update/accepted"
SHADOW = b'{"state":{"reported":{"lock":"open","n":5.0}},"version":7}'


def rule(sql: str, **more: Any) -> TopicRule:
    return rule_of(Settings(rule_sql=sql, **more))


def test_the_rule_of_the_settings_shapes_the_event_at_the_time_of_the_sync() -> None:
    shaping = rule(
        "SELECT state.reported.*, topic(3) AS thing, topic(6) AS shadow, timestamp, timestamp() AS ms "
        f"FROM '{ACCEPTED}'"
    )

    assert event_of(SHADOW, shaping) == {
        "lock": "open", "n": 5, "thing": "lock-1", "shadow": "$config", "timestamp": NOW_MS // 1000, "ms": NOW_MS
    }  # fmt: skip


def test_a_shadow_for_which_where_does_not_hold_has_no_event_unless_that_is_to_be_ignored() -> None:
    shaping = rule(f"SELECT version FROM '{ACCEPTED}' WHERE state.reported.lock = 'shut'")

    assert shaped(SHADOW, shaping) is None
    assert event_of(SHADOW, shaping, ignore_where=True) == {"version": 7}


def test_a_shadow_that_from_does_not_take_has_no_event() -> None:
    shaping = rule(f"SELECT version FROM '{ACCEPTED.replace('name/+', 'name/other')}'")

    assert shaped(SHADOW, shaping, ignore_where=True) is None


def test_a_shadow_of_which_nothing_would_be_published_has_no_event() -> None:
    assert shaped(SHADOW, rule("SELECT * FROM '$aws/things/+/shadow/name/+/update/delta'")) is None


def test_update_accepted_has_what_is_desired_too_where_that_is_set() -> None:
    document = b'{"state":{"desired":{"a":1},"reported":{"a":2}},"version":7}'
    sql = f"SELECT state FROM '{ACCEPTED}'"

    assert event_of(document, rule(sql)) == {"state": {"reported": {"a": 2}}}
    both = rule(sql, accepted_sections=("desired", "reported"))
    assert event_of(document, both) == {"state": {"desired": {"a": 1}, "reported": {"a": 2}}}


@pytest.mark.parametrize(
    ("selected", "reason"),
    [
        ("VALUE missing", "SELECT VALUE is Undefined"),
        ("lpad(state.reported.lock, 1000) + [" + ",".join(["state"] * 12_000) + "] AS x", "LimitError: "),
    ],
)
def test_a_rule_that_cannot_be_evaluated_on_a_shadow_says_so_without_quoting_it(selected: str, reason: str) -> None:
    secret = b'{"state":{"reported":{"lock":"' + b"4711" * 100 + b'"}},"version":7}'
    with pytest.raises(RuleError, match=reason) as caught:
        shaped(secret, rule(f"SELECT {selected} FROM '{ACCEPTED}'"))
    assert "4711" not in str(caught.value)
