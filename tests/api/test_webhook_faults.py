"""While something behind the webhook is away EventBridge is told to try again, in time, and nothing is lost."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.api.door import Answer, Door, running_api
from tests.api.webhook import CANARY, Webhook, event, running_webhook, settings
from tests.conftest import Valkey, free_port
from tests.worker.canned import canned
from tests.worker.trickling import trickling

EVENTBRIDGE_SECONDS = 5


def assert_tried_again(answer: Answer, status: int = 503) -> None:
    body: Any = answer.json
    assert (answer.status, body["code"], body["success"]) == (status, status, False)
    assert answer.seconds < EVENTBRIDGE_SECONDS
    assert CANARY not in answer.body.decode()


def reason(door: Door, answer: Answer) -> str:
    """Why the event did not land, in the log."""
    lines = [line for line in door.log() if line.get("request_id") == answer.headers["X-Request-Id"]]
    (told,) = (line["reason"] for line in lines if "reason" in line)
    return str(told)


@contextmanager
def webhook_before(url: str, folder: Path, **changes: str) -> Iterator[Webhook]:
    """A webhook whose SpacetimeDB is at the URL."""
    variables = settings(url, "a-token", **changes)
    with running_api(f"redis://127.0.0.1:{free_port()}/0", folder, **variables) as door:
        yield Webhook(door, table=None)  # type: ignore[arg-type]  # what is at the URL is none of the sandbox's


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        ("throttle", 2),
        ("error", 2),
        ("unavailable", 2),
        ("energy", 60),
        ("reducer", 2),
        ("garbage", 2),
        ("reset", 2),
        ("lost_answer", 2),
    ],
)
def test_what_passes_by_itself_is_tried_again_and_then_lands(webhook: Webhook, fault: str, retry_after: int) -> None:
    sent = event()
    webhook.table.fail_next("CallReducer", fault)
    answer = webhook.deliver(sent)
    assert_tried_again(answer)
    assert answer.headers["Retry-After"] == str(retry_after)
    assert reason(webhook.door, answer).startswith("SpacetimeDbUnavailable: ")
    assert webhook.deliver(sent).status == 200
    assert webhook.versions() == {"hub-1/lock": 7}


@pytest.mark.parametrize("fault", ["unauthorized", "denied"])
def test_a_refused_token_is_tried_again_and_the_log_names_the_setting(webhook: Webhook, fault: str) -> None:
    webhook.table.fail_next("CallReducer", fault)
    answer = webhook.deliver(event())
    assert_tried_again(answer, 502)
    assert "SHADOW_SYNC_SPACETIMEDB_TOKEN" in reason(webhook.door, answer)
    assert webhook.table.spacetimedb_token not in webhook.door.log_file.read_text()


def test_a_database_that_is_not_there_is_tried_again_and_the_log_names_the_setting(webhook: Webhook) -> None:
    webhook.table.turn(spacetimedb_database="another")
    answer = webhook.deliver(event())
    assert_tried_again(answer, 502)
    assert "SHADOW_SYNC_SPACETIMEDB_DATABASE" in reason(webhook.door, answer)


def test_what_spacetimedb_refuses_for_what_it_is_is_given_up(tmp_path: Path) -> None:
    with (
        canned(400, b"invalid arguments " + CANARY.encode()) as server,
        webhook_before(server.url, tmp_path) as webhook,
    ):
        answer = webhook.deliver(event())
        assert (answer.status, answer.json["details"][0]["field"]) == (400, "detail")
        assert "(400)" in reason(webhook.door, answer)
        assert CANARY not in webhook.door.log_file.read_text() + answer.body.decode()


def test_a_spacetimedb_that_does_not_answer_is_left_in_time(webhook: Webhook) -> None:
    webhook.table.turn(spacetimedb_latency_ms=60_000.0)
    answer = webhook.deliver(event())
    assert_tried_again(answer)
    assert "in time" in reason(webhook.door, answer)


def test_a_spacetimedb_whose_answer_trickles_is_left_in_time(tmp_path: Path) -> None:
    with trickling() as url, webhook_before(url, tmp_path) as webhook:
        assert_tried_again(webhook.deliver(event()))


def test_a_spacetimedb_that_takes_no_connection_is_left_in_time(tmp_path: Path) -> None:
    # A backlog of none has room for one.
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname(), timeout=5),
        webhook_before(f"http://127.0.0.1:{full.getsockname()[1]}", tmp_path) as webhook,
    ):
        assert_tried_again(webhook.deliver(event()))


def test_a_spacetimedb_that_is_down_is_tried_again(tmp_path: Path) -> None:
    with webhook_before(f"http://127.0.0.1:{free_port()}", tmp_path) as webhook:
        answer = webhook.deliver(event())
        assert_tried_again(answer)
        assert "SHADOW_SYNC_SPACETIMEDB_URL" in reason(webhook.door, answer)


def test_without_redis_events_land_and_are_remembered_again_when_it_is_back(own_valkey: Valkey, tmp_path: Path) -> None:
    with running_webhook(own_valkey.url, tmp_path) as webhook:
        own_valkey.kill()
        first, second = event(), event(version=8)
        assert webhook.deliver(first).json == {"status": "landed"}
        assert webhook.deliver(second).json == {"status": "landed"}
        assert webhook.deliver(first).json == {"status": "landed"}
        assert webhook.versions() == {"hub-1/lock": 8}
        assert "event lands without a look for its duplicates" in [line["event"] for line in webhook.door.log()]
        own_valkey.start()
        assert webhook.deliver(first).json == {"status": "landed"}
        assert webhook.deliver(first).json == {"status": "duplicate"}


def test_a_redis_that_has_frozen_keeps_no_event_from_landing_in_time(own_valkey: Valkey, tmp_path: Path) -> None:
    with running_webhook(own_valkey.url, tmp_path) as webhook:
        assert webhook.deliver(event()).status == 200
        with own_valkey.frozen():
            answer = webhook.deliver(event(version=8))
        assert (answer.status, answer.json) == (200, {"status": "landed"})
        assert answer.seconds < EVENTBRIDGE_SECONDS
        assert webhook.versions() == {"hub-1/lock": 8}


def test_a_redis_that_can_be_read_only_makes_no_event_fail(own_valkey: Valkey, tmp_path: Path) -> None:
    with Redis.from_url(own_valkey.url, socket_timeout=5) as redis:
        redis.execute_command("ACL", "SETUSER", "clerk", "on", ">word", "~*", "&*", "+@all", "-set")
    with running_webhook(own_valkey.url.replace("redis://", "redis://clerk:word@"), tmp_path) as webhook:
        sent = event()
        assert webhook.deliver(sent).json == {"status": "landed"}
        assert "event landed, but is not remembered" in [line["event"] for line in webhook.door.log()]
        assert webhook.deliver(sent).json == {"status": "landed"}
