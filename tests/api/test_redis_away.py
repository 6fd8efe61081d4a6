"""What a client gets while the job store is away, and after."""

import socket
from pathlib import Path

import pytest
from redis import Redis

from tests.api.door import SHARED_SECRET, Answer, Door, running_api
from tests.api.jobs import DELIVERED, Jobs
from tests.conftest import Valkey
from tests.waiting import until

QUICK = {**SHARED_SECRET, "SHADOW_SYNC_REDIS_TIMEOUT_SECONDS": "0.5"}


def assert_unavailable(answer: Answer) -> None:
    assert answer.status == 503
    assert (answer.json["error"], answer.json["code"]) == ("Service Unavailable", 503)
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.seconds < 10


def test_without_redis_nothing_is_accepted_and_with_it_all_is_well_again(own_valkey: Valkey, tmp_path: Path) -> None:
    with running_api(own_valkey.url, tmp_path, **QUICK) as door:
        before = door.sync(Prefer="wait=1").json
        own_valkey.kill()
        assert_unavailable(door.sync())
        assert_unavailable(door.sync(Prefer="wait=1"))
        assert_unavailable(door.sync(Idempotency_Key="again"))
        assert_unavailable(door.job(before["jobId"]))
        assert_unavailable(door.job(before["jobId"], Prefer="wait=1"))
        assert_unavailable(door.ask("GET", "/readyz"))
        assert door.ask("GET", "/healthz").status == 200
        own_valkey.start()
        with Jobs.at(own_valkey.url) as jobs:
            assert jobs.ids() == [before["jobId"]]
            until(lambda: door.ask("GET", "/readyz").status == 200, what="the API reaches Redis again")
            again = door.sync(Idempotency_Key="again")
            assert (again.status, again.headers.get("Idempotent-Replayed")) == (202, None)
            assert jobs.redis.llen("shadow-sync:interactive") == 2
            jobs.end(again.json, {"door": DELIVERED})
            assert door.job(again.json["jobId"], Prefer="wait=5").json["status"] == "succeeded"


def test_a_redis_that_does_not_answer_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with running_api(url, tmp_path, **QUICK) as door:
            assert_unavailable(door.sync())


@pytest.fixture
def restricted_url(own_valkey: Valkey) -> str:
    """A user who may do everything but publish to the queue."""
    with Redis.from_url(own_valkey.url, socket_timeout=5) as redis:
        redis.execute_command("ACL", "SETUSER", "clerk", "on", ">word", "~*", "&*", "+@all", "-lpush")
    return own_valkey.url.replace("redis://", "redis://clerk:word@")


def test_a_job_is_accepted_although_no_worker_could_be_woken(restricted_url: str, tmp_path: Path) -> None:
    with running_api(restricted_url, tmp_path, **QUICK) as door, Jobs.at(restricted_url) as jobs:
        answer = door.sync()
        assert answer.status == 202
        assert jobs.ids() == [answer.json["jobId"]]
        assert not jobs.redis.exists("shadow-sync:interactive")
        assert "wake-ups not sent" in [line["event"] for line in door.log()]
        # The reconciler will find it.
        assert jobs.redis.zcard("shadow-sync:due:interactive") == 1


def test_a_job_that_is_written_but_cannot_be_read_back_is_accepted(restricted_url: str, tmp_path: Path) -> None:
    with Redis.from_url(restricted_url.replace("clerk:word@", ""), socket_timeout=5) as redis:
        redis.execute_command("ACL", "SETUSER", "clerk", "+lpush", "-hgetall")
    with running_api(restricted_url, tmp_path, **QUICK) as door, Jobs.at(restricted_url) as jobs:
        answer = door.sync()
        assert (answer.status, answer.json["status"]) == (202, "queued")
        assert answer.json["progress"]["things"]["pending"] == 1
        assert jobs.ids() == [answer.json["jobId"]]
        assert_unavailable(door.job(answer.json["jobId"]))


def test_what_went_wrong_here_is_in_the_log_and_not_in_the_answer(own_valkey: Valkey, tmp_path: Path) -> None:
    with running_api(own_valkey.url, tmp_path) as door, Redis.from_url(own_valkey.url, socket_timeout=5) as redis:
        job_id = door.sync().json["jobId"]
        redis.hset(f"shadow-sync:job:{job_id}", "status", "spoilt-in-the-store")
        answer = door.job(job_id)
        body = answer.json
        assert (answer.status, body["error"], body["code"]) == (500, "Internal Server Error", 500)
        assert b"spoilt" not in answer.body
        assert b"Traceback" not in answer.body
        (line,) = [line for line in door.log() if line["event"] == "unexpected error"]
        assert line["request_id"] == body["requestId"]
        assert "spoilt-in-the-store" in line["exception"]


def test_nothing_but_the_door_is_touched(door: Door, jobs: Jobs) -> None:
    """A job is ids, names and counts: no credential goes into the store."""
    answer = door.sync(Idempotency_Key="again")
    stored = [str(jobs.redis.hgetall(key)) for key in jobs.redis.scan_iter("*", _type="hash")]
    assert answer.status == 202
    assert stored
    for value in door.credentials.values():
        assert not [content for content in stored if value.removeprefix("Bearer ") in content]
