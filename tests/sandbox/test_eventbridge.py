"""PutEvents as boto3 sends it: what is accepted, what fails by the entry, and what is refused as a whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from mypy_boto3_events import EventBridgeClient

from sandbox import RunningSandbox
from tests import waiting
from tests.sandbox.clients import SIGNED, code_and_status, http_request
from tests.sandbox.events import entry, put

MEGABYTE = 1024 * 1024
OTHERS = len("spk.iot.shadow" + "Shadow Update")


def _detail_of(size: int) -> str:
    return '{"x":"' + "y" * (size - 8) + '"}'


def test_an_accepted_event_has_an_id_and_is_recorded_with_the_envelope_that_goes_out(
    aws: RunningSandbox, events: EventBridgeClient
) -> None:
    when = datetime(2026, 11, 23, 18, 22, 49, tzinfo=UTC)
    (event_id,) = put(events, entry(Time=when, Resources=["arn:aws:iot:us-east-1:123456789012:thing/lamp"]))
    (seen,) = aws.events()
    assert (seen["id"], seen["source"], seen["detailType"]) == (event_id, "spk.iot.shadow", "Shadow Update")
    assert (seen["thingName"], seen["shadowName"], seen["version"]) == ("lamp", "light", 7)
    assert json.loads(seen["payload"]) == {
        "version": "0",
        "id": event_id,
        "detail-type": "Shadow Update",
        "source": "spk.iot.shadow",
        "account": "123456789012",
        "time": "2026-11-23T18:22:49Z",
        "region": "us-east-1",
        "resources": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
        "detail": json.loads(entry()["Detail"]),
    }


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"Source": None}, "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."),
        ({"DetailType": ""}, "InvalidArgument", "Parameter DetailType is not valid."),
        ({"Detail": None}, "InvalidArgument", "Parameter Detail is not valid."),
        ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[1]"}, "MalformedDetail", "Detail is malformed."),
        ({"Source": "aws.iot"}, "NotAuthorizedForSourceException", "Not authorized for the source."),
    ],
)
def test_a_bad_entry_fails_alone_in_an_answer_of_200(
    aws: RunningSandbox, events: EventBridgeClient, changes: dict[str, Any], code: str, message: str
) -> None:
    answer = events.put_events(Entries=[entry(version=1), entry(**changes), entry(version=3)])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["FailedEntryCount"] == 1
    first, bad, last = answer["Entries"]
    assert bad["ErrorCode"] == code
    assert bad["ErrorMessage"].startswith(message)
    assert "EventId" not in bad
    assert [first["EventId"], last["EventId"]] == [event["id"] for event in aws.events()]


def test_a_request_has_at_most_10_entries(aws: RunningSandbox, events: EventBridgeClient) -> None:
    with pytest.raises(ClientError) as raised:
        events.put_events(Entries=[entry()] * 11)
    assert code_and_status(raised.value) == ("ValidationException", 400)
    assert aws.events() == []
    put(events, *[entry()] * 10)
    assert len(aws.events()) == 10


def test_all_entries_together_take_up_to_a_megabyte_counted_as_aws_counts(
    aws: RunningSandbox, events: EventBridgeClient
) -> None:
    room = MEGABYTE - OTHERS - len("arn:é".encode()) - 14
    extras: dict[str, Any] = {"Time": datetime.now(UTC), "Resources": ["arn:é"]}
    put(events, entry(Detail=_detail_of(room), **extras))
    small = entry(Detail="{}")
    with pytest.raises(ClientError) as raised:
        events.put_events(Entries=[entry(Detail=_detail_of(room + 1), **extras)])
    assert code_and_status(raised.value) == ("ValidationException", 400)
    assert "Total size of the entries" in raised.value.response["Error"]["Message"]
    with pytest.raises(ClientError):
        events.put_events(Entries=[entry(Detail=_detail_of(room), **extras), small])
    assert len(aws.events()) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'{"Entries":[{"Source":5}]}', "SerializationException"),
        (b"{}", "ValidationException"),
        (b'{"Entries":[]}', "ValidationException"),
    ],
)
def test_what_is_no_put_events_request_is_refused_in_json_1_1(aws: RunningSandbox, body: bytes, code: str) -> None:
    headers = SIGNED | {"X-Amz-Target": "AWSEvents.PutEvents", "Content-Type": "application/x-amz-json-1.1"}
    status, answered, error = http_request(aws.url, "POST", "/", body, headers)
    assert (status, json.loads(error)["__type"]) == (400, code)
    assert answered["content-type"] == "application/x-amz-json-1.1"
    assert answered["x-amzn-requestid"]


def test_another_operation_of_eventbridge_is_unknown(aws: RunningSandbox, events: EventBridgeClient) -> None:
    with pytest.raises(ClientError) as raised:
        events.list_event_buses()
    assert code_and_status(raised.value) == ("UnknownOperationException", 400)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("throttle", ("ThrottlingException", 400)),
        ("error", ("InternalException", 500)),
        ("unavailable", ("ServiceUnavailable", 503)),
        ("denied", ("AccessDeniedException", 400)),
    ],
)
def test_a_scripted_fault_hits_the_whole_request(
    aws: RunningSandbox, events: EventBridgeClient, fault: str, outcome: tuple[str, int]
) -> None:
    aws.fail_next("PutEvents", fault, shadow="light")
    put(events, entry("other"))
    with pytest.raises(ClientError) as raised:
        put(events)
    assert code_and_status(raised.value) == outcome
    put(events)
    assert len(aws.events()) == 2
    assert aws.counters()["PutEvents"]["throttled"] == (fault == "throttle")


def test_a_lost_answer_has_put_the_event_and_a_reset_has_not(aws: RunningSandbox, events: EventBridgeClient) -> None:
    for fault, count in (("reset", 0), ("lost_answer", 1)):
        aws.fail_next("PutEvents", fault)
        with pytest.raises(ConnectionClosedError):
            put(events)
        assert len(aws.events()) == count


@pytest.mark.parametrize(
    ("fault", "code"),
    [("throttle", "ThrottlingException"), ("error", "InternalFailure"), ("denied", "AccessDeniedException")],
)
def test_a_single_entry_can_be_made_to_fail(
    aws: RunningSandbox, events: EventBridgeClient, fault: str, code: str
) -> None:
    aws.fail_next("PutEventsEntry", fault, shadow="bad")
    answer = events.put_events(Entries=[entry("good"), entry("bad"), entry("bad")])
    assert [result.get("ErrorCode") for result in answer["Entries"]] == [None, code, None]
    assert [event["shadowName"] for event in aws.events()] == ["good", "bad"]


def test_a_share_of_the_entries_fails_by_throttles_and_errors(aws: RunningSandbox, events: EventBridgeClient) -> None:
    aws.turn(events_entry_error_rate=0.5)
    results = [result for _ in range(6) for result in events.put_events(Entries=[entry()] * 10)["Entries"]]
    codes = {result.get("ErrorCode") for result in results}
    assert codes == {None, "ThrottlingException", "InternalFailure"}
    assert len(aws.events()) == sum("EventId" in result for result in results)


def test_the_knobs_of_the_other_services_exist_for_eventbridge_too(
    aws: RunningSandbox, events: EventBridgeClient
) -> None:
    aws.turn(events_throttle_above=0.0)
    with pytest.raises(ClientError) as raised:
        put(events)
    assert code_and_status(raised.value)[0] == "ThrottlingException"
    aws.turn(events_throttle_above=None, events_reset_rate=1.0)
    with pytest.raises(ConnectionClosedError):
        put(events)
    aws.turn(events_reset_rate=0.0, events_error_rate=1.0)
    with pytest.raises(ClientError):
        put(events)
    aws.turn(events_error_rate=0.0)
    put(events)
    waiting.until(lambda: aws.counters()["PutEvents"]["inFlight"] == 0)
    assert [aws.counters()["PutEvents"][name] for name in ("throttled", "resets", "errors", "ok")] == [1, 1, 1, 1]


def test_a_fault_that_cannot_happen_to_a_call_is_refused_with_those_that_can(aws: RunningSandbox) -> None:
    for call, fault, possible in (("Invoke", "drop", "reset"), ("Delivery", "throttle", "duplicate")):
        with pytest.raises(ValueError, match=possible):
            aws.fail_next(call, fault)
