"""The message that AWS IoT would have published of a shadow, rebuilt from its document."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.delta import difference
from worker.messages import MessageKind, TopicError, kind_for, rebuild, topic

DOCUMENT: dict[str, Any] = {
    "state": {
        "desired": {"lock": "shut", "volume": 2},
        "reported": {"lock": "open", "volume": 2.0, "battery": 80},
        "delta": {"lock": "shut"},
    },
    "metadata": {
        "desired": {"lock": {"timestamp": 1}, "volume": {"timestamp": 2}},
        "reported": {"lock": {"timestamp": 3}, "volume": {"timestamp": 4}, "battery": {"timestamp": 5}},
        "delta": {"lock": {"timestamp": 1}},
    },
    "version": 7,
    "timestamp": 1_600_000_000,
}
STATE = {name: DOCUMENT["state"][name] for name in ("desired", "reported")}
METADATA = {name: DOCUMENT["metadata"][name] for name in ("desired", "reported")}


def rebuilt(kind: MessageKind, **more: Any) -> Any:
    return rebuild(kind, DOCUMENT, published_at=1_755_820_000, **more)


def test_update_documents_holds_the_same_state_before_one_version_earlier() -> None:
    assert rebuilt(MessageKind.DOCUMENTS) == {
        "previous": {"state": STATE, "metadata": METADATA, "version": 6},
        "current": {"state": STATE, "metadata": METADATA, "version": 7},
        "timestamp": 1_755_820_000,
    }


def test_update_accepted_holds_what_a_hub_reports() -> None:
    assert rebuilt(MessageKind.ACCEPTED) == {
        "state": {"reported": STATE["reported"]},
        "metadata": {"reported": METADATA["reported"]},
        "version": 7,
        "timestamp": 1_755_820_000,
    }


def test_update_accepted_can_hold_what_is_desired_too() -> None:
    both = rebuilt(MessageKind.ACCEPTED, accepted_sections=("desired", "reported"))

    assert (both["state"], both["metadata"]) == (STATE, METADATA)


def test_no_update_is_accepted_of_a_section_that_the_shadow_does_not_have() -> None:
    document = {"state": {"desired": {"a": 1}}, "version": 1}

    assert rebuild(MessageKind.ACCEPTED, document, published_at=1) is None


def test_update_delta_holds_what_differs_with_its_metadata() -> None:
    assert rebuilt(MessageKind.DELTA) == {
        "version": 7,
        "timestamp": 1_755_820_000,
        "state": {"lock": "shut"},
        "metadata": {"lock": {"timestamp": 1}},
    }


def test_no_delta_is_published_where_nothing_differs() -> None:
    document = {"state": {"desired": {"a": 1}, "reported": {"a": 1.0, "b": 2}}, "version": 1}

    assert rebuild(MessageKind.DELTA, document, published_at=1) is None


def test_get_accepted_is_the_document_at_the_time_of_the_sync() -> None:
    assert rebuilt(MessageKind.GET) == {**DOCUMENT, "timestamp": 1_755_820_000}


@pytest.mark.parametrize(
    ("desired", "reported", "delta"),
    [
        ({"a": 1}, None, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
        (None, {"a": 1}, None),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3, "d": 4}}, {"a": {"c": 2}}),
        ({"a": {"b": 1}}, {"a": 1}, {"a": {"b": 1}}),
        ({"a": [1, 2]}, {"a": [2, 1]}, {"a": [1, 2]}),
        ({"a": [1, {"b": 1.0}]}, {"a": [1.0, {"b": 1}]}, None),
        ({"a": 1}, {"a": True}, {"a": 1}),
        ({"a": {}}, {"a": {"b": 1}}, None),
        ({"a": {}}, {}, {"a": {}}),
    ],
)
def test_the_delta_is_awss(desired: Any, reported: Any, delta: Any) -> None:
    found = difference(desired, reported, None)

    assert (found and found[0]) == delta


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)


@given(st.dictionaries(st.text(max_size=2), JSON, max_size=4), st.dictionaries(st.text(max_size=2), JSON, max_size=4))
def test_what_is_reported_with_its_delta_leaves_no_delta(desired: dict[str, Any], reported: dict[str, Any]) -> None:
    found = difference(desired, reported, None)

    assert difference(desired, _merged(reported, found[0] if found else {}), None) is None


def _merged(reported: Any, delta: Any) -> Any:
    if not isinstance(reported, dict) or not isinstance(delta, dict):
        return delta
    return {**reported, **{name: _merged(reported.get(name), value) for name, value in delta.items()}}


@pytest.mark.parametrize("kind", MessageKind)
def test_a_filter_takes_the_kind_that_it_names(kind: MessageKind) -> None:
    assert kind_for(f"$aws/things/+/shadow/name/+/{kind}") is kind
    assert kind_for(topic(kind, "lock-1", "config")) is kind


def test_a_filter_can_name_the_shadow_or_leave_the_end_open_where_that_is_plain() -> None:
    assert kind_for("$aws/things/+/shadow/name/lwm2m/update/accepted") is MessageKind.ACCEPTED
    assert kind_for("$aws/things/+/shadow/name/+/get/#") is MessageKind.GET
    assert kind_for("$aws/+/+/shadow/+/+/update/delta") is MessageKind.DELTA


@pytest.mark.parametrize(
    ("topic_filter", "reason"),
    [
        (None, "has no FROM"),
        ("$aws/things/+/shadow/name/+/update/+", "takes update/documents, update/accepted and update/delta.* name one"),
        ("$aws/things/+/shadow/#", "takes update/documents, update/accepted, update/delta and get/accepted"),
        ("$aws/things/+/shadow/update/accepted", "messages of the classic shadow.*name/\\+/update/documents"),
        ("$aws/things/+/shadow/get/accepted", "messages of the classic shadow"),
        ("$aws/things/+/shadow/update", "messages of the classic shadow"),
        ("$aws/things/+/shadow/name/+/update", "no message that can be rebuilt"),
        ("$aws/things/+/shadow/name/+/delete/accepted", "no message that can be rebuilt"),
        ("$aws/things/+/shadow/name/+/update/rejected", "no message that can be rebuilt"),
        ("telemetry/+", "no message that can be rebuilt"),
        ("#", "no message that can be rebuilt"),
    ],
)
def test_what_cannot_be_rebuilt_is_refused_with_what_to_use(topic_filter: str | None, reason: str) -> None:
    with pytest.raises(TopicError, match=reason):
        kind_for(topic_filter)
