"""What can never land is refused for good, with a reason that quotes nothing of it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.webhook import CANARY, WEBHOOK_KEY, Event, Webhook, event


def changed(**changes: Any) -> Event:
    """The envelope with other parts; underscores in their names stand for hyphens."""
    return event() | {name.replace("_", "-"): value for name, value in changes.items()}


def without(path: str) -> Event:
    sent = event()
    *parents, name = path.split(".")
    del (sent["detail"] if parents else sent)[name]
    return sent


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        pytest.param(b"", "body", id="no body"),
        pytest.param(b"not JSON " + CANARY.encode(), "body", id="not JSON"),
        pytest.param(json.dumps(event()).encode()[:-1], "body", id="cut off"),
        pytest.param(b'{"id":"\xff\xfe"}', "body", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "body", id="deeply nested"),
        pytest.param(b"[]", "body", id="a list"),
        pytest.param(changed(source="aws.ec2"), "source", id="wrong source"),
        pytest.param(changed(source=CANARY), "source", id="unknown source"),
        pytest.param(without("source"), "source", id="no source"),
        pytest.param(changed(detail_type="Shadow Delete"), "detail-type", id="wrong detail-type"),
        pytest.param(changed(id=""), "id", id="empty id"),
        pytest.param(changed(id="a\nb"), "id", id="newline in the id"),
        pytest.param(changed(id="x" * 129), "id", id="id too long"),
        pytest.param(changed(id=7), "id", id="id is a number"),
        pytest.param(without("id"), "id", id="no id"),
        pytest.param(changed(detail=json.dumps(event()["detail"])), "detail", id="detail is a string"),
        pytest.param(changed(detail=None), "detail", id="detail is null"),
        pytest.param(event(thingName="John Doe"), "detail.thingName", id="illegal thing name"),
        pytest.param(event(thingName="hub-1\n"), "detail.thingName", id="newline after the thing name"),
        pytest.param(event(thingName=""), "detail.thingName", id="empty thing name"),
        pytest.param(event(shadowName="a/b"), "detail.shadowName", id="illegal shadow name"),
        pytest.param(event(shadowName="x" * 65), "detail.shadowName", id="shadow name too long"),
        pytest.param(event(shadowName=None), "detail.shadowName", id="the classic shadow"),
        pytest.param(event(version=-1), "detail.version", id="negative version"),
        pytest.param(event(version=2**64), "detail.version", id="version beyond 64 bits"),
        pytest.param(event(version="7"), "detail.version", id="version in a string"),
        pytest.param(event(version=7.5), "detail.version", id="broken version"),
        pytest.param(event(version=True), "detail.version", id="version is true"),
        pytest.param(without("detail.version"), "detail.version", id="no version"),
        pytest.param(event(partnerId=7), "detail.partnerId", id="partner is a number"),
        pytest.param(without("detail.reportedState"), "detail.reportedState", id="no reportedState"),
        *(
            pytest.param(changed(detail=event()["detail"] | {name: text}), f"detail.{name}", id=f"{name} {problem}")
            for name in ("reportedState", "desiredState", "deltaState", "metadata")
            for problem, text in (
                ("is not JSON", f"{{pin: {CANARY}}}"),
                ("is empty", ""),
                ("is cut off", f'{{"pin":"{CANARY}'),
                ("is two", f'{{}} "{CANARY}"'),
                ("is Python's NaN", '{"a":NaN}'),
                ("is infinite", "-Infinity"),
                ("is deeply nested", "[" * 100_000),
                ("is no string", {"pin": CANARY}),
            )
        ),
    ],
)
def test_an_event_that_cannot_land_is_refused_and_the_field_is_named(
    webhook: Webhook, sent: Event | bytes, field: str
) -> None:
    answer = webhook.deliver(sent)
    body = answer.json
    assert (answer.status, body["error"], body["code"], body["success"]) == (400, "Bad Request", 400, False)
    assert [detail["field"] for detail in body["details"]] == [field]
    assert webhook.table.counters().get("CallReducer", {"calls": 0})["calls"] == 0
    assert CANARY not in answer.body.decode()
    logged = [line for line in webhook.door.log() if line.get("request_id") == body["requestId"]]
    assert [line["event"] for line in logged] == ["event refused", "request"]
    assert logged[0]["reasons"][0].startswith(f"{field}: ")
    assert CANARY not in webhook.door.log_file.read_text()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(changed(replay_name="r", resources=["arn"], version="1"), id="AWS's own fields"),
        pytest.param(event(partnerId="partner-1", added={"a": [1]}), id="fields of the detail"),
        pytest.param(without("detail.partnerId"), id="no partner"),
        pytest.param(without("detail.metadata"), id="no metadata"),
        pytest.param(without("detail.deltaState"), id="no delta"),
        pytest.param(event(version=0), id="version 0"),
        pytest.param(event(reportedState=f'{{"n":{"9" * 5000}.5,"i":{"9" * 5000}}}'), id="thousands of digits"),
    ],
)
def test_what_is_more_or_less_than_expected_but_can_land_does(webhook: Webhook, sent: Event) -> None:
    assert webhook.deliver(sent).status == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "source", "detail", "detail-type", "version"]), inner, max_size=5)
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_else_is_sent_is_refused_for_good(webhook: Webhook, body: bytes) -> None:
    assert webhook.deliver(body).status == 400


@pytest.mark.parametrize("chunked", [False, True])
def test_what_eventbridge_could_never_send_is_too_large(webhook: Webhook, chunked: bool) -> None:
    answer = webhook.deliver(b" " * (1024 * 1024 + 64 * 1024 + 1), chunked=chunked)
    assert (answer.status, answer.json["error"]) == (413, "Request Entity Too Large")


def test_the_admins_bodies_stay_as_small_as_they_were(webhook: Webhook) -> None:
    assert webhook.door.ask("POST", "/admin/shadow-sync/hub-1", body=b" " * 70_000).status == 413


def test_another_content_type_loses_no_event(webhook: Webhook) -> None:
    body = json.dumps(event())
    headers = {"Content-Type": "text/plain"}
    path, credentials = "/admin/shadow-webhook", {"X-API-Key": WEBHOOK_KEY}
    assert webhook.door.ask("POST", path, headers=headers, body=body, credentials=credentials).status == 200
