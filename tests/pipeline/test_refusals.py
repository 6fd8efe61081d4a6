"""What the Lambda raises: a class that says what is wrong, and nothing of the event."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from tests.conftest import free_port
from tests.pipeline.conftest import loaded
from tests.pipeline.event import EVENT, NAMES, PIN
from tests.pipeline.eventbridge import EventBridge


def error_of(function: Any, event: Any) -> BaseException:
    """What the Lambda raises. Nothing that Lambda or a log would show of it quotes the event."""
    with pytest.raises(Exception) as raised:  # noqa: PT011
        function.handler(event, None)
    assert PIN not in "".join(traceback.format_exception(raised.value))
    return raised.value


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"thingName": None}, "thingName is not a name"),
        ({"thingName": ""}, "thingName is not a name"),
        ({"shadowName": 7}, "shadowName is not a name"),
        ({"version": True}, "version is not an integer"),
        ({"version": "4931"}, "version is not an integer"),
        ({"reported": [PIN]}, "reported is not an object"),
        ({"desired": PIN}, "desired is not an object"),
        ({"metadata": 1}, "metadata is not an object"),
        ({"reported": {PIN: [float("inf")]}}, "a number is beyond the range of a double"),
    ],
)
def test_what_the_rule_never_selects_is_refused_by_its_name(
    function: Any, bus: EventBridge, change: dict[str, Any], told: str
) -> None:
    error = error_of(function, {**EVENT, **change})

    assert type(error) is function.InvalidEventError
    assert str(error) == told
    assert bus.requests == []


def test_an_event_that_is_no_object_is_refused(function: Any) -> None:
    assert type(error_of(function, [EVENT])) is function.InvalidEventError


@pytest.mark.parametrize("status", [400, 429])
def test_a_throttle_is_tried_once_more_and_then_told_apart(function: Any, bus: EventBridge, status: int) -> None:
    bus.will_answer(status, {"__type": "ThrottlingException", "message": f"Rate exceeded for {PIN}"}, times=9)

    error = error_of(function, EVENT)

    assert (type(error), str(error)) == (function.ThrottledError, "ThrottlingException")
    assert len(bus.requests) == 2


def test_a_throttled_entry_is_told_apart_too(function: Any, bus: EventBridge) -> None:
    bus.will_refuse_the_entry("ThrottlingException", f"Rate exceeded for {PIN}")

    error = error_of(function, EVENT)

    assert (type(error), str(error)) == (function.ThrottledError, "ThrottlingException")


@pytest.mark.parametrize("code", ["InternalFailure", "NotAuthorizedForSourceException", "MalformedDetail"])
def test_an_entry_that_failed_in_an_answer_200_is_an_error_with_its_code(
    function: Any, bus: EventBridge, code: str
) -> None:
    bus.will_refuse_the_entry(code, f"Detail: {PIN}")

    error = error_of(function, EVENT)

    assert (type(error), str(error)) == (function.PutEventsError, code)


def test_a_refusal_that_quotes_the_entry_is_cut_to_its_code(function: Any, bus: EventBridge) -> None:
    bus.will_answer(400, {"__type": "ValidationException", "message": f"1 validation error: detail={PIN}"})

    error = error_of(function, EVENT)

    assert (type(error), str(error)) == (function.PutEventsError, "ValidationException")


def test_an_outage_that_passes_is_not_noticed(function: Any, bus: EventBridge) -> None:
    bus.will_answer(503, {"__type": "ServiceUnavailable", "message": PIN})

    assert function.handler(EVENT, None) == {"eventId": "event-2"}


def test_an_outage_that_lasts_is_an_error_after_two_attempts(function: Any, bus: EventBridge) -> None:
    bus.will_answer(500, {"__type": "InternalException", "message": PIN}, times=9)

    error = error_of(function, EVENT)

    assert (type(error), str(error)) == (function.PutEventsError, "InternalException")
    assert len(bus.requests) == 2


@pytest.mark.parametrize("answer", [{}, {"Entries": []}, {"Entries": [{}]}, b"<html>" + PIN.encode()])
def test_an_answer_that_is_not_eventbridges_does_not_count_as_taken(
    function: Any, bus: EventBridge, answer: object
) -> None:
    bus.will_answer(200, answer)

    error = error_of(function, EVENT)

    assert (type(error), str(error)) == (function.PutEventsError, "the answer is not EventBridge's")


def test_nobody_listening_is_an_error() -> None:
    with loaded(f"http://127.0.0.1:{free_port()}") as function:
        error = error_of(function, EVENT)

        assert (type(error), str(error)) == (function.PutEventsError, "EndpointConnectionError")


def test_an_entry_of_the_limit_is_put_and_one_of_a_byte_more_never_leaves(function: Any, bus: EventBridge) -> None:
    def padded(characters: int) -> dict[str, Any]:
        return {**NAMES, "reported": {PIN: "x" * characters}}

    function.handler(padded(0), None)
    room = 1024 * 1024 - size(bus.entry)

    function.handler(padded(room), None)
    assert size(bus.entry) == 1024 * 1024
    bus.forget()
    error = error_of(function, padded(room + 1))
    assert (type(error), str(error)) == (function.EntryTooLargeError, "1048577 bytes; EventBridge takes 1048576")
    assert bus.requests == []


def size(entry: dict[str, Any]) -> int:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/events/CalculatePutEventsEntrySize.html"""
    return sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
