"""Events that EventBridge delivers land: once, in any order, whatever their size."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.webhook import CANARY, WEBHOOK_KEY, Webhook, event
from tests.sandbox.clients import events_client
from tests.waiting import until
from worker.connection import connect
from worker.settings import Settings


def test_an_event_becomes_a_row_with_its_sections_as_they_came(webhook: Webhook) -> None:
    reported = '{"a": 1.0, "b":10000000000000000000000000000000001, "c":"\\u00e9\\ud800 \'\\"é"}'
    answer = webhook.deliver(event(reportedState=reported, desiredState=None, version=2**63 + 1))
    assert (answer.status, answer.json) == (200, {"status": "landed"})
    (row,) = webhook.table.rows()
    assert (row.thing_name, row.shadow_name, row.version) == ("hub-1", "lock", 2**63 + 1)
    assert (row.reported, row.desired) == (reported, None)


def test_the_events_of_eventbridge_land(webhook: Webhook) -> None:
    webhook.table.route(f"{webhook.door.url}/admin/shadow-webhook", key=WEBHOOK_KEY)
    sent = event()
    with events_client(webhook.table.url) as events:
        entry = {"Source": sent["source"], "DetailType": sent["detail-type"], "Detail": json.dumps(sent["detail"])}
        events.put_events(Entries=[entry])  # type: ignore[list-item]
    until(lambda: webhook.versions() == {"hub-1/lock": 7}, what="the row has landed")
    until(lambda: not webhook.table.under_way(), what="the delivery has ended")
    assert [attempt["status"] for attempt in webhook.table.deliveries()] == [200]


def test_an_event_that_has_landed_is_not_written_again(webhook: Webhook) -> None:
    sent = event()
    assert webhook.deliver(sent).json == {"status": "landed"}
    assert webhook.deliver(sent).json == {"status": "duplicate"}
    assert webhook.table.counters()["CallReducer"]["calls"] == 1


def test_another_event_of_the_same_version_is_no_duplicate(webhook: Webhook) -> None:
    assert webhook.deliver(event(desiredState="{}")).json == {"status": "landed"}
    assert webhook.deliver(event(desiredState='{"a":1}')).json == {"status": "landed"}
    assert [row.desired for row in webhook.table.rows()] == ['{"a":1}']


def test_an_event_that_did_not_land_is_taken_when_it_comes_again(webhook: Webhook) -> None:
    sent = event()
    webhook.table.fail_next("CallReducer", "unavailable")
    assert webhook.deliver(sent).status == 503
    assert webhook.deliver(sent).json == {"status": "landed"}


def test_an_older_version_that_comes_late_is_taken_and_leaves_the_newer_row(webhook: Webhook) -> None:
    for version in (3, 5, 4, 1):
        assert webhook.deliver(event(version=version, reportedState=f'{{"of":{version}}}')).status == 200
    assert [(row.version, row.reported) for row in webhook.table.rows()] == [(5, '{"of":5}')]


def test_two_deliveries_of_an_event_at_once_are_both_answered_and_make_one_row(webhook: Webhook) -> None:
    sent = event()
    webhook.table.turn(spacetimedb_latency_ms=200.0)
    with ThreadPoolExecutor() as threads:
        answers = list(threads.map(webhook.deliver, [sent, sent]))
    assert [answer.status for answer in answers] == [200, 200]
    assert webhook.versions() == {"hub-1/lock": 7}
    assert webhook.deliver(sent).json == {"status": "duplicate"}


def test_versions_that_come_at_once_leave_the_newest(webhook: Webhook) -> None:
    # As many at a time as the webhook has places: the others would be refused.
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda version: webhook.deliver(event(version=version)), [3, 9, 1, 7, 8, 2]))
    assert [answer.status for answer in answers] == [200] * 6
    assert webhook.versions() == {"hub-1/lock": 9}


@pytest.mark.parametrize("chunked", [False, True])
def test_the_largest_event_of_eventbridge_lands(webhook: Webhook, chunked: bool) -> None:
    sent = event(reportedState="")
    room = 1024 * 1024 - len(json.dumps(sent["detail"]))
    sent["detail"]["reportedState"] = json.dumps("x" * (room - 4))
    assert len(json.dumps(sent["detail"])) == 1024 * 1024
    assert webhook.deliver(json.dumps(sent).encode(), chunked=chunked).status == 200
    (row,) = webhook.table.rows()
    assert row.reported == sent["detail"]["reportedState"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    thing=st.from_regex(r"\A[a-zA-Z0-9:_-]{1,128}\Z"),
    shadow=st.from_regex(r"\A[$a-zA-Z0-9:_-]{1,64}\Z"),
    section=st.none() | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), st.integers()),
)
def test_every_legal_name_and_document_lands(
    webhook: Webhook, thing: str, shadow: str, section: dict[str, int] | None
) -> None:
    webhook.table.reset(shadows=True)
    text = None if section is None else json.dumps(section, ensure_ascii=False)
    sent = event(thingName=thing, shadowName=shadow, desiredState=text)
    assert webhook.deliver(json.dumps(sent, ensure_ascii=False).encode()).status == 200
    (row,) = webhook.table.rows(thing)
    assert (row.shadow_name, row.desired) == (shadow, text)


def test_of_a_landed_event_redis_holds_no_more_than_that(webhook: Webhook, redis_url: str) -> None:
    assert webhook.deliver(event("an-id")).status == 200
    redis = connect(Settings(redis_url=redis_url), connections=1)
    (key,) = redis.keys()
    assert CANARY not in f"{key!r}{redis.get(key)!r}"
    redis.close()
    redis.connection_pool.disconnect()


def test_the_log_tells_of_each_delivery_what_it_was_about_and_nothing_of_its_content(webhook: Webhook) -> None:
    answer = webhook.deliver(event("event-of-the-log"))
    line = webhook.door.logged(answer.headers["X-Request-Id"])
    told = {"event_id", "thing_name", "shadow_name", "version", "bytes", "outcome", "webhook_key", "status"}
    assert {name: line[name] for name in told} == {
        "event_id": "event-of-the-log",
        "thing_name": "hub-1",
        "shadow_name": "lock",
        "version": 7,
        "bytes": len(json.dumps(event("event-of-the-log"))),
        "outcome": "landed",
        "webhook_key": "new",
        "status": 200,
    }
    assert CANARY not in webhook.door.log_file.read_text()
