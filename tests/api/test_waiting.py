"""Prefer: wait. The answer comes when the job ends, or when the time is up, and waiting never uses up the server."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.api.door import Answer, Door, running_api
from tests.api.jobs import DELIVERED, FAILED, NO_SHADOWS, Jobs
from tests.conftest import Valkey
from tests.waiting import until

CAP = 30


def begin(threads: ThreadPoolExecutor, door: Door, jobs: Jobs, **headers: str) -> tuple[Future[Answer], dict[str, str]]:
    """POST in a thread of its own; returns once the job is there."""
    before = set(jobs.ids())
    answer = threads.submit(door.sync, "hub-1", **headers)
    until(lambda: set(jobs.ids()) - before, what="the job is there")
    (job_id,) = set(jobs.ids()) - before
    return answer, {"jobId": job_id, "thingName": "hub-1"}


def questions(jobs: Jobs) -> int:
    """How often the job store was asked or told anything."""
    return int(jobs.redis.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"])


def test_a_job_that_ends_in_time_is_the_answer(door: Door, jobs: Jobs) -> None:
    with ThreadPoolExecutor() as threads:
        waiting, job = begin(threads, door, jobs, Prefer="wait=25")
        ended = time.monotonic()
        jobs.end(job, {"door": DELIVERED})
        answer = waiting.result(40)
        assert time.monotonic() - ended < 10
    assert answer.status == 200
    assert answer.headers["Preference-Applied"] == "wait=25"
    assert answer.headers["Location"] == f"/admin/shadow-sync-jobs/{job['jobId']}"
    assert "Retry-After" not in answer.headers
    assert (answer.json["success"], answer.json["thingName"], answer.json["errors"]) == (True, "hub-1", [])
    assert answer.json["shadows"][0]["lambdaStatusCode"] == 200


def test_a_job_that_fails_in_time_is_the_answer_too(door: Door, jobs: Jobs) -> None:
    with ThreadPoolExecutor() as threads:
        waiting, job = begin(threads, door, jobs, Prefer="wait=25")
        jobs.end(job, {"door": FAILED})
        answer = waiting.result(40)
    assert (answer.status, answer.json["success"]) == (200, False)


def test_a_thing_without_named_shadows_is_the_published_404(door: Door, jobs: Jobs) -> None:
    with ThreadPoolExecutor() as threads:
        waiting, job = begin(threads, door, jobs, Prefer="wait=25")
        jobs.end(job, {})
        answer = waiting.result(40)
    assert answer.status == 404
    body = answer.json
    assert (body["error"], body["code"], body["success"], body["message"]) == ("Not Found", 404, False, NO_SHADOWS)


def test_a_job_that_does_not_end_in_time_is_accepted(door: Door) -> None:
    answer = door.sync(Prefer="wait=1")
    assert (answer.status, answer.json["status"]) == (202, "queued")
    assert answer.headers["Preference-Applied"] == "wait=1"
    assert 1 <= answer.seconds < 10


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=0", "wait=0"),
        ("respond-async", "respond-async"),
        ("respond-async, wait=0", "wait=0, respond-async"),
        ("handling=lenient", None),
    ],
)
def test_who_does_not_want_to_wait_does_not(door: Door, prefer: str, applied: str | None) -> None:
    answer = door.sync(Prefer=prefer)
    assert answer.status == 202
    assert answer.headers.get("Preference-Applied") == applied
    assert answer.seconds < 10


def test_a_wait_is_capped_and_the_answer_says_so(door: Door, jobs: Jobs) -> None:
    with ThreadPoolExecutor() as threads:
        waiting, job = begin(threads, door, jobs, Prefer="wait=99999")
        jobs.end(job, {"door": DELIVERED})
        assert waiting.result(40).headers["Preference-Applied"] == f"wait={CAP}"


def test_a_look_can_wait_for_the_end_too(door: Door, jobs: Jobs) -> None:
    job = door.sync().json
    before = questions(jobs)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(door.job, job["jobId"], Prefer="wait=25")
        until(lambda: questions(jobs) > before, what="it has looked once")
        jobs.end(job, {"door": DELIVERED})
        answer = waiting.result(40)
    assert (answer.status, answer.json["status"]) == (200, "succeeded")
    assert answer.headers["Preference-Applied"] == "wait=25"
    assert answer.seconds < 15


def test_a_look_at_what_has_ended_does_not_wait(door: Door, jobs: Jobs) -> None:
    job = door.sync().json
    jobs.end(job, {"door": DELIVERED})
    assert door.job(job["jobId"], Prefer="wait=25").seconds < 10


def test_a_look_at_an_unknown_job_does_not_wait(door: Door) -> None:
    answer = door.job("0" * 32, Prefer="wait=25")
    assert answer.status == 404
    assert answer.seconds < 10


def test_waiting_asks_the_job_store_no_questions_meanwhile(door: Door, jobs: Jobs) -> None:
    with ThreadPoolExecutor() as threads:
        begin(threads, door, jobs, Prefer="wait=1")[0].result(40)
        waiting, job = begin(threads, door, jobs, Prefer="wait=25")
        before = questions(jobs)
        other = door.sync(Prefer="wait=2")
        asked = questions(jobs) - before
        jobs.end(job, {"door": DELIVERED})
        assert waiting.result(40).status == 200
    assert other.seconds >= 2
    # The other's creation, and a look at it when its time is up.
    assert asked == 2


def test_waiters_never_use_up_the_server(shared_valkey: Valkey, redis_url: str, tmp_path: Path, jobs: Jobs) -> None:
    with (
        running_api(redis_url, tmp_path) as door,
        ThreadPoolExecutor(12) as threads,
    ):
        # 8 threads, half of which may wait.
        crowd = [begin(threads, door, jobs, Prefer="wait=25") for _ in range(4)]
        latecomer = door.sync(Prefer="wait=25")
        assert latecomer.status == 202
        assert "Preference-Applied" not in latecomer.headers
        assert latecomer.seconds < 10
        look = door.job(crowd[0][1]["jobId"], Prefer="wait=25")
        assert (look.status, look.json["status"]) == (200, "queued")
        assert "Preference-Applied" not in look.headers
        assert door.ask("GET", "/healthz").seconds < 10
        for waiting, job in crowd:
            assert not waiting.done()
            jobs.end(job, {"door": DELIVERED})
            assert waiting.result(40).status == 200
        assert door.sync(Prefer="wait=1").headers["Preference-Applied"] == "wait=1"


def test_a_stop_answers_all_who_wait_and_ends_the_process_cleanly(redis_url: str, tmp_path: Path, jobs: Jobs) -> None:
    with ThreadPoolExecutor() as threads, running_api(redis_url, tmp_path) as door:
        waiting, job = begin(threads, door, jobs, Prefer="wait=25")
        stopped = time.monotonic()
        door.process.terminate()
        answer = waiting.result(40)
        assert time.monotonic() - stopped < 15
        assert (answer.status, answer.json["jobId"]) == (202, job["jobId"])
        assert door.process.wait(40) == 0
