"""From the bus to the API destination: what is sent, when it is tried again, and what becomes a dead letter."""

from __future__ import annotations

import json
import time
from email.utils import formatdate
from typing import Any

import pytest
from mypy_boto3_events import EventBridgeClient

from sandbox import RuleError, RunningSandbox, running
from sandbox.delivery import HOLD_SECONDS
from tests import waiting
from tests.conftest import free_port
from tests.sandbox.clients import control
from tests.sandbox.events import entry, put
from tests.sandbox.receiver import Receiver


def _settled(aws: RunningSandbox) -> None:
    waiting.until(lambda: aws.under_way() == 0, what="every delivery has ended")


def test_the_destination_receives_the_whole_envelope_with_the_headers_of_aws(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.route(receiver.url, key="geheim")
    (event_id,) = put(events)
    _settled(aws)
    (got,) = receiver.received
    (event,) = aws.events()
    assert (got.method, got.path, got.body) == ("POST", "/admin/shadow-webhook", event["payload"])
    assert got.headers == {
        "host": receiver.url.split("/")[2],
        "x-api-key": "geheim",
        "user-agent": "Amazon/EventBridge/ApiDestinations",
        "content-type": "application/json; charset=utf-8",
        "range": "bytes=0-1048575",
        "accept-encoding": "gzip,deflate",
        "connection": "close",
        "content-length": str(len(got.body)),
    }
    assert (event["id"], event["state"], event["attempts"]) == (event_id, "delivered", 1)
    (attempt,) = aws.deliveries(event_id)
    assert (attempt["attempt"], attempt["status"], attempt["outcome"]) == (1, 200, "delivered")


def test_the_connection_can_send_a_bearer_token(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.route(receiver.url, header="Authorization", key="Bearer abc")
    put(events)
    _settled(aws)
    assert receiver.received[0].headers["authorization"] == "Bearer abc"


def test_only_what_the_rule_selects_is_sent(aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver) -> None:
    aws.route(receiver.url, event_bus="shadows")
    arn = "arn:aws:events:us-east-1:123456789012:event-bus/shadows"
    wanted = put(events, entry(EventBusName="shadows"), entry(EventBusName=arn))
    put(events, entry(), entry(EventBusName="no-such-bus"), entry(EventBusName="shadows", Source="spk.other"))
    _settled(aws)
    assert sorted(one.json["id"] for one in receiver.received) == sorted(wanted)
    assert [event["state"] for event in aws.events()] == ["delivered"] * 2 + ["unmatched"] * 3


def test_a_pattern_of_ones_own_can_look_into_the_detail(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.route(receiver.url, event_pattern={"detail": {"shadowName": [{"prefix": "li"}]}})
    put(events, entry("light"), entry("lock"))
    _settled(aws)
    assert [one.json["detail"]["shadowName"] for one in receiver.received] == ["light"]


@pytest.mark.parametrize("status", [401, 407, 409, 429, 500, 503, 530])
def test_an_answer_that_may_pass_is_tried_again(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver, status: int
) -> None:
    aws.turn(wait_scale=0.0)
    aws.route(receiver.url)
    receiver.answer(status, times=2)
    put(events)
    _settled(aws)
    assert [(one["status"], one["outcome"]) for one in aws.deliveries()] == [
        (status, "retried"),
        (status, "retried"),
        (200, "delivered"),
    ]
    assert len({one.json["id"] for one in receiver.received}) == 1


@pytest.mark.parametrize("status", [302, 400, 403, 404, 413, 422])
def test_any_other_answer_is_final_and_the_event_a_dead_letter(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver, status: int
) -> None:
    aws.turn(wait_scale=0.0)
    aws.route(receiver.url)
    receiver.answer(status, Location=receiver.url)
    (event_id,) = put(events)
    _settled(aws)
    assert len(receiver.received) == 1
    (letter,) = aws.dead_letters()
    assert (letter["eventId"], letter["shadowName"]) == (event_id, "light")
    assert letter["body"].encode() == receiver.received[0].body
    assert letter["attributes"] == {
        "RULE_ARN": "arn:aws:events:us-east-1:123456789012:rule/sandbox",
        "TARGET_ARN": "arn:aws:events:us-east-1:123456789012:api-destination/sandbox",
        "ERROR_CODE": "ERROR_FROM_TARGET",
        "ERROR_MESSAGE": f"The API destination answered {status}.",
        "RETRY_ATTEMPTS": "0",
    }
    assert aws.events()[0]["state"] == "dead"


def test_when_the_retries_are_used_up_the_event_is_a_dead_letter(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.turn(wait_scale=0.0, delivery_max_retries=3)
    aws.route(receiver.url)
    receiver.answer(429, times=9)
    put(events)
    _settled(aws)
    assert len(receiver.received) == 4
    attributes = aws.dead_letters()[0]["attributes"]
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert (attributes["RETRY_ATTEMPTS"], attributes["ERROR_CODE"]) == ("3", "THROTTLING")


def test_the_waits_grow_and_an_event_that_is_too_old_is_a_dead_letter(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.turn(wait_scale=0.0, delivery_max_age_s=120.0)
    aws.route(receiver.url)
    receiver.answer(500, times=20)
    put(events)
    _settled(aws)
    waits = [one["wait"] for one in aws.deliveries()][:-1]
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits))
    assert 5 <= len(waits) <= 8
    assert sum(waits) <= 120
    assert aws.dead_letters()[0]["attributes"]["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_the_waits_of_aws_are_scaled_and_kept(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.turn(wait_scale=0.01)
    aws.route(receiver.url)
    receiver.answer(503, Retry_After="30")
    began = time.monotonic()
    put(events)
    _settled(aws)
    assert 0.3 <= time.monotonic() - began < 3
    assert [one["wait"] for one in aws.deliveries()] == [30, None]


def test_retry_after_can_be_a_date(aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver) -> None:
    aws.turn(wait_scale=0.0)
    aws.route(receiver.url)
    receiver.answer(429, Retry_After=formatdate(time.time() + 300, usegmt=True))
    receiver.answer(429, Retry_After="soon")
    put(events)
    _settled(aws)
    first, second, _ = [one["wait"] for one in aws.deliveries()]
    assert 290 < first <= 300
    assert second <= 2


def test_a_negative_retry_after_ends_the_attempts(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.turn(wait_scale=0.0)
    aws.route(receiver.url)
    receiver.answer(503, Retry_After="-1")
    put(events)
    _settled(aws)
    assert len(receiver.received) == len(aws.dead_letters()) == 1


def test_an_answer_that_takes_too_long_counts_as_none_and_the_event_arrives_twice(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    assert aws.turn().delivery_timeout_ms == 5000
    aws.turn(wait_scale=0.0, delivery_timeout_ms=200.0)
    aws.route(receiver.url)
    receiver.answer(0)
    put(events)
    _settled(aws)
    assert [(one["status"], one["error"]) for one in aws.deliveries()] == [(None, "TIMEOUT"), (200, None)]
    assert receiver.received[0].body == receiver.received[1].body


def test_a_destination_that_is_away_is_tried_until_it_is_back(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.turn(wait_scale=0.0, delivery_max_retries=2)
    aws.route(f"http://127.0.0.1:{free_port()}/")
    put(events)
    _settled(aws)
    assert [one["error"] for one in aws.deliveries()] == ["CONNECTION_FAILURE"] * 3
    assert aws.dead_letters()[0]["attributes"]["ERROR_CODE"] == "CONNECTION_FAILURE"


@pytest.mark.parametrize(("fault", "versions"), [("drop", []), ("duplicate", [1, 1])])
def test_an_event_can_be_made_to_get_lost_or_to_come_twice(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver, fault: str, versions: list[int]
) -> None:
    aws.route(receiver.url)
    aws.fail_next("Delivery", fault, shadow="light")
    put(events, entry(version=1), entry("other", version=2))
    _settled(aws)
    assert sorted(receiver.versions()) == [*versions, 2]
    assert aws.events()[0]["state"] == ("delivered" if versions else "lost")
    assert aws.events()[0]["deliveries"] == len(versions)


def test_an_event_can_be_made_to_arrive_after_the_next_one_and_arrives_even_without_one(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.route(receiver.url)
    aws.fail_next("Delivery", "reorder")
    began = time.monotonic()
    put(events, entry(version=1), entry(version=2))
    _settled(aws)
    assert receiver.versions() == [2, 1]
    assert time.monotonic() - began < HOLD_SECONDS
    aws.fail_next("Delivery", "reorder")
    put(events, entry(version=3))
    _settled(aws)
    assert receiver.versions() == [2, 1, 3]


@pytest.mark.parametrize(
    ("knob", "received"), [("delivery_drop_rate", 0), ("delivery_duplicate_rate", 2), ("delivery_reorder_rate", 1)]
)
def test_the_same_can_happen_to_a_share_of_the_events(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver, knob: str, received: int
) -> None:
    aws.turn(**{knob: 1.0})
    aws.route(receiver.url)
    put(events)
    _settled(aws)
    assert len(receiver.received) == received


def test_deliveries_can_be_delayed_and_are_paced_by_the_rate_of_the_destination(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.turn(delivery_delay_ms=100.0, delivery_rate=20.0)
    aws.route(receiver.url)
    began = time.monotonic()
    put(events, *[entry()] * 5)
    _settled(aws)
    assert time.monotonic() - began >= 0.1 + 4 / 20
    assert len(receiver.received) == 5


def test_a_reset_forgets_events_on_their_way_and_the_rule(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    aws.turn(delivery_delay_ms=100.0)
    aws.route(receiver.url)
    put(events, entry(version=1))
    assert aws.under_way() == 1
    aws.reset()
    assert (aws.under_way(), aws.events()) == (0, [])
    put(events, entry(version=2))
    assert aws.events()[0]["state"] == "unmatched"
    aws.turn(delivery_delay_ms=200.0)
    aws.route(receiver.url)
    put(events, entry(version=3))
    _settled(aws)
    assert receiver.versions() == [3]


def test_the_rule_the_events_the_attempts_and_the_dead_letters_are_there_over_http(
    aws: RunningSandbox, events: EventBridgeClient, receiver: Receiver
) -> None:
    status, shown = control(aws.url, "PUT", "rule", {"url": receiver.url, "key": "geheim"})
    assert (status, shown["rule"]["url"], shown["rule"]["header"]) == (200, receiver.url, "X-Api-Key")
    assert "geheim" not in json.dumps(control(aws.url, "GET", "rule"))
    receiver.answer(200)
    receiver.answer(400)
    put(events, entry("light"))
    _settled(aws)
    put(events, entry("lock"))
    _settled(aws)
    _, answer = control(aws.url, "GET", "events?shadowName=lock&payload=true")
    (event,) = answer["events"]
    assert (answer["total"], answer["underWay"], event["seq"], event["state"]) == (2, 0, 2, "dead")
    assert json.loads(event["payload"])["id"] == event["id"]
    assert len(control(aws.url, "GET", "deliveries")[1]["deliveries"]) == 2
    (attempt,) = control(aws.url, "GET", f"deliveries?eventId={event['id']}")[1]["deliveries"]
    assert attempt["status"] == 400
    (letter,) = control(aws.url, "GET", "dead-letters")[1]["deadLetters"]
    assert letter["eventId"] == event["id"]
    assert control(aws.url, "GET", "dead-letters?after=1")[1] == {"deadLetters": []}
    assert control(aws.url, "DELETE", "rule") == (200, {"rule": None})


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ({"url": "ftp://x"}, "url"),
        ({"url": "http://x", "key": "new\nline"}, "key"),
        ({"url": "http://x", "header": "X Y"}, "header"),
        ({"url": "http://x", "event_pattern": {"source": "x"}}, "event_pattern"),
        ({"url": "http://x", "typo": 1}, "typo"),
        ([], "rule"),
    ],
)
def test_a_rule_that_cannot_be_is_a_400_that_names_the_part_and_not_the_key(
    aws: RunningSandbox, rule: Any, part: str
) -> None:
    status, answer = control(aws.url, "PUT", "rule", rule)
    assert status == 400
    assert f"{part}: " in answer["error"]
    assert "new" not in answer["error"]


def test_the_destination_can_be_given_at_the_start_and_is_there_again_after_a_reset(
    events: EventBridgeClient, receiver: Receiver
) -> None:
    with pytest.raises(RuleError), running(destination_url="nowhere"):
        pass
    with running(destination_url=receiver.url, destination_key="geheim") as sandbox:
        sandbox.route(None)
        sandbox.reset()
        assert control(sandbox.url, "GET", "rule")[1]["rule"]["url"] == receiver.url
