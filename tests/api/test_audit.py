"""Every POST of an admin leaves an entry that admins can read: who, when, what, from where, and what came of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.api.door import EMAIL, SECOND_KEY, SHARED_SECRET, Door, credentials, running_api, token
from tests.api.webhook import Webhook, event
from tests.conftest import Valkey

PATH = "/admin/shadow-sync-audit"
UNKNOWN = "0" * 32


def entries(door: Door, query: str = "") -> list[dict[str, Any]]:
    answer = door.ask("GET", f"{PATH}?{query}")
    assert answer.status == 200
    found: list[dict[str, Any]] = answer.json["entries"]
    return found


def token_of(door: Door) -> str:
    return door.credentials["Authorization"].removeprefix("Bearer ")


def test_a_post_leaves_an_entry(door: Door) -> None:
    answer = door.ask("POST", "/admin/shadow-drift/Hub:1?mode=fast", credentials=credentials(SECOND_KEY))

    (entry,) = entries(door)

    at = datetime.fromisoformat(entry.pop("at"))
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert entry == {
        "requestId": answer.headers["X-Request-Id"],
        "email": EMAIL,
        "apiKey": "ops",
        "method": "POST",
        "path": "/admin/shadow-drift/Hub:1",
        "jobId": None,
        "remoteAddress": "127.0.0.1",
        "status": 400,
    }


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        pytest.param("/admin/shadow-sync/John%20Doe", {}, 400, id="an illegal name"),
        pytest.param("/admin/shadow-sync-jobs/nonsense/cancel", {}, 404, id="a job that is not there"),
        pytest.param("/admin/nowhere", {}, 404, id="a path that leads nowhere"),
        pytest.param("/admin/shadow-sync-rule", {}, 405, id="a path that takes no POST"),
        pytest.param("/admin/shadow-sync/hub-1", {"body": "x" * 70_000}, 413, id="too large"),
        pytest.param("/admin/shadow-sync/hub-1", {"body": "x"}, 415, id="not JSON"),
        pytest.param("/admin/shadow-sync-jobs", {"body": "x"}, 415, id="many Things, not JSON"),
    ],
)
def test_a_post_that_is_refused_leaves_an_entry_too(door: Door, path: str, more: dict[str, str], status: int) -> None:
    answer = door.ask("POST", path, **more)  # type: ignore[arg-type]

    (entry,) = entries(door)

    assert answer.status == entry["status"] == status
    assert entry["requestId"] == answer.json["requestId"]
    assert entry["path"] == path.replace("%20", " ")


def test_a_long_path_is_cut(door: Door) -> None:
    door.sync("a" * 3000)

    (entry,) = entries(door)

    assert len(entry["path"]) == 500


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="none"),
        pytest.param(credentials("no such key"), id="wrong key"),
        pytest.param(credentials(email="ada@example.com"), id="wrong domain"),
        pytest.param({"Authorization": f"Bearer {token()}"}, id="no key"),
    ],
)
def test_who_does_not_come_in_leaves_none(door: Door, sent: dict[str, str]) -> None:
    assert door.ask("POST", "/admin/shadow-sync/hub-1", credentials=sent).status in (401, 403)

    assert entries(door) == []


def test_looking_leaves_none(door: Door) -> None:
    door.ask("GET", "/admin/shadow-sync-jobs")
    door.ask("OPTIONS", "/admin/shadow-sync/hub-1")
    door.ask("POST", "/healthz")

    assert entries(door) == []


def test_the_webhook_leaves_none(webhook: Webhook) -> None:
    assert webhook.deliver(event()).status == 200

    assert entries(webhook.door) == []


def test_entries_come_newest_first_page_by_page(door: Door) -> None:
    for number in range(3):
        door.ask("POST", f"/admin/nowhere/{number}")
    first = door.ask("GET", f"{PATH}?limit=2").json
    door.ask("POST", "/admin/nowhere/later")

    rest = door.ask("GET", f"{PATH}?limit=2&cursor={first['nextCursor']}").json

    told = [entry["path"][-1] for page in (first, rest) for entry in page["entries"]]
    assert told == ["2", "1", "0"]
    assert rest["nextCursor"] is None


def test_filters_choose(door: Door) -> None:
    for email in ("ada@smartphonekey.com", "ben@smartphonekey.com"):
        door.ask("POST", f"/admin/shadow-sync-jobs/{UNKNOWN}/cancel", credentials=credentials(email=email))
    door.ask("POST", "/admin/nowhere")

    assert [entry["email"] for entry in entries(door, "email=ben@smartphonekey.com")] == ["ben@smartphonekey.com"]
    assert [entry["jobId"] for entry in entries(door, f"jobId={UNKNOWN}")] == [UNKNOWN] * 2
    assert entries(door, "email=nobody@smartphonekey.com") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=w6k", "cursor"),
        ("cursor=KzEtMQ", "cursor"),
        ("jobid=x", "jobid"),
    ],
)
def test_a_query_that_means_nothing_is_refused(door: Door, query: str, field: str) -> None:
    answer = door.ask("GET", f"{PATH}?{query}")

    assert answer.status == 400
    assert answer.json["details"][0]["field"] == field


def test_only_those_who_may_come_in_read_it(door: Door) -> None:
    assert door.ask("GET", PATH, credentials={}).status == 401


def test_a_thing_may_be_called_like_the_path(door: Door) -> None:
    assert door.sync("shadow-sync-audit").json["thingName"] == "shadow-sync-audit"


def test_no_credential_is_in_the_audit(door: Door, redis_url: str) -> None:
    door.ask("POST", f"/admin/nowhere?token={token_of(door)}")
    with Redis.from_url(redis_url, socket_timeout=5, decode_responses=True) as redis:
        stored = str(redis.xrange("shadow-sync:audit"))
    assert EMAIL in stored
    for value in door.credentials.values():
        assert value.removeprefix("Bearer ") not in stored


def test_without_the_audit_the_answer_is_the_same_and_the_log_has_the_entry(own_valkey: Valkey, tmp_path: Path) -> None:
    """A user who may do everything but write the audit."""
    with Redis.from_url(own_valkey.url, socket_timeout=5) as redis:
        redis.execute_command("ACL", "SETUSER", "clerk", "on", ">word", "~*", "&*", "+@all", "-xadd")
    url = own_valkey.url.replace("redis://", "redis://clerk:word@")
    quick = {**SHARED_SECRET, "SHADOW_SYNC_REDIS_TIMEOUT_SECONDS": "0.5"}
    with running_api(url, tmp_path, **quick) as door:
        refused = door.ask("POST", f"/admin/shadow-sync-jobs/{UNKNOWN}/cancel")
        own_valkey.kill()
        nowhere = door.ask("POST", f"/admin/nowhere?token={token_of(door)}")
        away = door.sync()
        lines = {line["request_id"]: line for line in door.log() if line["event"] == "not audited"}
        text = door.log_file.read_text()

    assert (refused.status, nowhere.status, away.status) == (404, 404, 503)
    assert lines.keys() == {answer.headers["X-Request-Id"] for answer in (refused, nowhere, away)}
    line = lines[refused.headers["X-Request-Id"]]
    told = {name: line[name] for name in ("email", "api_key", "method", "path", "job_id", "remote_address", "status")}
    assert told == {
        "email": EMAIL,
        "api_key": "support",
        "method": "POST",
        "path": f"/admin/shadow-sync-jobs/{UNKNOWN}/cancel",
        "job_id": UNKNOWN,
        "remote_address": "127.0.0.1",
        "status": 404,
    }
    assert line["level"] == "warning"
    for value in door.credentials.values():
        assert value.removeprefix("Bearer ") not in text
