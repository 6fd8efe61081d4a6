from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_iot_data import IoTDataPlaneClient

from sandbox import RunningSandbox
from sandbox.shadows import ShadowStore
from tests.sandbox.clients import code_and_status, document, update


def test_an_update_merges_objects_replaces_arrays_and_removes_nulls(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    update(iot, "lamp", "light", state={"reported": {"a": {"x": 1, "y": 2}, "list": [1, 2], "gone": 1, "kept": "k"}})
    update(iot, "lamp", "light", state={"reported": {"a": {"y": None, "z": {"n": None}}, "list": [3], "gone": None}})
    read = document(iot, "lamp", "light")
    assert read["state"] == {"reported": {"a": {"x": 1, "z": {}}, "list": [3], "kept": "k"}}
    assert read["version"] == 2
    assert set(read["metadata"]["reported"]) == {"a", "list", "kept"}


def test_a_null_section_is_removed_and_the_other_one_stays(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    update(iot, "lamp", "light", state={"reported": {"n": 1}, "desired": {"n": 2}})
    update(iot, "lamp", "light", state={"desired": None})
    read = document(iot, "lamp", "light")
    assert read["state"] == {"reported": {"n": 1}}
    assert set(read["metadata"]) == {"reported"}


def test_a_null_state_empties_the_shadow_but_does_not_delete_it(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    update(iot, "lamp", "light", state={"reported": {"n": 1}})
    update(iot, "lamp", "light", state=None)
    assert document(iot, "lamp", "light")["state"] == {}
    assert iot.list_named_shadows_for_thing(thingName="lamp")["results"] == ["light"]


def test_metadata_keeps_the_time_of_each_leaf_on_its_own() -> None:
    now = 1000.9
    store = ShadowStore(clock=lambda: now)
    store.update("lamp", "light", b'{"state":{"reported":{"a":{"x":1,"y":1},"list":[1,{"k":2}]}}}')
    now = 2000.0
    store.update("lamp", "light", b'{"state":{"reported":{"a":{"y":2}}}}')
    metadata = json.loads(store.get("lamp", "light"))["metadata"]
    assert metadata["reported"] == {
        "a": {"x": {"timestamp": 1000}, "y": {"timestamp": 2000}},
        "list": [{"timestamp": 1000}, {"k": {"timestamp": 1000}}],
    }


def test_the_answer_has_only_the_fields_of_the_request_and_its_client_token(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    update(iot, "lamp", "light", state={"reported": {"old": 1}})
    accepted = update(iot, "lamp", "light", state={"reported": {"new": 1, "old": None}}, clientToken="t-1")
    assert accepted["state"] == {"reported": {"new": 1, "old": None}}
    assert set(accepted["metadata"]["reported"]) == {"new", "old"}
    assert accepted["version"] == 2
    assert accepted["clientToken"] == "t-1"
    assert set(accepted) == {"state", "metadata", "version", "timestamp", "clientToken"}


def test_an_update_with_the_current_version_passes_and_with_another_is_a_conflict(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    update(iot, "lamp", "light", state={"reported": {"n": 1}})
    assert update(iot, "lamp", "light", state={"reported": {"n": 2}}, version=1)["version"] == 2
    with pytest.raises(iot.exceptions.ConflictException) as raised:
        update(iot, "lamp", "light", state={"reported": {"n": 3}}, version=1)
    assert code_and_status(raised.value) == ("ConflictException", 409)
    assert document(iot, "lamp", "light")["state"] == {"reported": {"n": 2}}


def test_a_shadow_deleted_and_made_again_within_48_hours_continues_its_version() -> None:
    now = 0.0
    store = ShadowStore(clock=lambda: now)
    body = b'{"state":{"reported":{"n":1}}}'
    store.update("lamp", "light", body)
    store.update("lamp", "light", body)
    assert json.loads(store.delete("lamp", "light")) == {"version": 2, "timestamp": 0}
    now = 47 * 3600.0
    assert json.loads(store.update("lamp", "light", body))["version"] == 3
    store.delete("lamp", "light")
    now += 49 * 3600.0
    assert json.loads(store.update("lamp", "light", body))["version"] == 1


def test_eight_kilobytes_of_state_are_accepted_and_one_more_byte_is_not(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    filling = "x" * (8192 - len('{"k":""}'))
    update(iot, "lamp", "light", state={"reported": {"k": filling}})
    with pytest.raises(iot.exceptions.RequestEntityTooLargeException) as raised:
        update(iot, "lamp", "light", state={"reported": {"k": filling + "x"}})
    assert code_and_status(raised.value) == ("RequestEntityTooLargeException", 413)
    with pytest.raises(iot.exceptions.RequestEntityTooLargeException):
        update(iot, "lamp", "light", state={"desired": {"a": 1}})


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"k": value}
    return value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Invalid JSON"),
        (b"", "Invalid JSON"),
        (b'{"state":{"reported":{"n":NaN}}}', "Invalid JSON"),
        (b'{"state":{"reported":{"n":1e999}}}', "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON"),
        (b"[]", "Missing required node: state"),
        (b"{}", "Missing required node: state"),
        (b'{"state":1}', "State node must be an object"),
        (b'{"state":{"desired":1}}', "Desired node must be an object"),
        (b'{"state":{"reported":[]}}', "Reported node must be an object"),
        (b'{"state":{"other":{}}}', "State contains an invalid node: 'other'"),
        (b'{"state":{},"version":"1"}', "Invalid version"),
        (b'{"state":{},"version":-1}', "Invalid version"),
        (b'{"state":{},"clientToken":1}', "Invalid clientToken"),
        (b'{"state":{},"clientToken":"%b"}' % (b"x" * 65), "Invalid clientToken"),
        (json.dumps({"state": {"reported": _nested(7)}}).encode(), "JSON contains too many levels of nesting"),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else "",
)
def test_a_malformed_update_is_refused_with_the_message_aws_documents(
    aws: RunningSandbox, iot: IoTDataPlaneClient, body: bytes, message: str
) -> None:
    with pytest.raises(ClientError) as raised:
        iot.update_thing_shadow(thingName="lamp", shadowName="light", payload=body)
    assert code_and_status(raised.value) == ("InvalidRequestException", 400)
    assert raised.value.response["Error"]["Message"].startswith(message)
    assert aws.things() == {}


def test_six_levels_of_nesting_are_accepted(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    update(iot, "lamp", "light", state={"reported": _nested(6)})
    assert document(iot, "lamp", "light")["state"] == {"reported": _nested(6)}


def test_an_update_that_is_not_utf_8_has_an_unsupported_encoding(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    with pytest.raises(iot.exceptions.UnsupportedDocumentEncodingException) as raised:
        iot.update_thing_shadow(thingName="lamp", shadowName="light", payload=b'{"state":{"reported":{"n":"\xff"}}}')
    assert code_and_status(raised.value) == ("UnsupportedDocumentEncodingException", 415)


def test_text_with_a_lone_surrogate_can_be_read_back(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    update(iot, "lamp", "light", state={"reported": {"text": "\ud800 é"}})
    assert document(iot, "lamp", "light")["state"]["reported"]["text"] == "\ud800 é"
