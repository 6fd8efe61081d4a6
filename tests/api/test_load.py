"""More than it can take: everybody gets an answer, nobody stops anybody else, and what was accepted is there."""

import asyncio
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from bench.crowd import Crowd
from cli.access import Access
from tests.api.door import KEY, ROOT, SHARED_SECRET, Answer, Door, environment, running_api, token
from tests.api.jobs import DELIVERED, Jobs
from tests.conftest import Valkey, free_port
from tests.waiting import until
from worker.job_request import Lane
from worker.keys import due_key

WAITERS, AT_ONCE, TURNS, BACKLOG = 300, 20, 4, 2000
QUEUE = 256
BUSY = "Too much is under way here; nothing was done. Try again."


@pytest.fixture(scope="module")
def narrow_door(shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """An API that runs few requests at a time."""
    settings = {"API_WAITERS": str(WAITERS), "API_THREADS": str(TURNS), "BACKLOG": str(BACKLOG)}
    changed = SHARED_SECRET | {f"SHADOW_SYNC_{name}": value for name, value in settings.items()}
    with running_api(shared_valkey.url, tmp_path_factory.mktemp("narrow"), **changed) as door:
        yield door


@contextmanager
def silent(door: Door, number: int, sent: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many clients that send this and then nothing, and do not go."""
    with ExitStack() as exits:
        connections = [
            exits.enter_context(socket.create_connection(("127.0.0.1", door.port), 20)) for _ in range(number)
        ]
        for connection in connections:
            connection.sendall(sent)
        yield connections


def assert_told_to_come_again(answer: Answer, message: str) -> None:
    assert (answer.status, answer.json["code"], answer.json["message"]) == (503, 503, message)
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["X-Request-Id"] == answer.json["requestId"]


def test_very_many_wait_and_stop_neither_a_health_check_nor_a_post(narrow_door: Door, jobs: Jobs) -> None:
    job = narrow_door.sync().json
    before = looks(jobs)
    with ThreadPoolExecutor(WAITERS) as threads:
        crowd: list[Future[Answer]] = []
        for coming in range(AT_ONCE, WAITERS + 1, AT_ONCE):
            # On a slow machine all of them at once would be too much, and told to come again.
            crowd += [threads.submit(narrow_door.job, job["jobId"], Prefer="wait=30") for _ in range(AT_ONCE)]
            until(partial(have_looked, jobs, before + coming), what="all of them have looked once")
        health = [narrow_door.ask("GET", path) for path in ("/healthz", "/readyz") * 5]
        post = narrow_door.sync()
        beyond = narrow_door.job(job["jobId"], Prefer="wait=30")
        assert not [one for one in crowd if one.done()]
        jobs.end(job, {"door": DELIVERED})
        answers = [one.result(40) for one in crowd]
    assert {answer.status for answer in health} == {200}
    assert post.status == 202
    # Who does not fit in is told how the job stands.
    assert (beyond.status, beyond.json["status"], beyond.headers["Preference-Applied"]) == (200, "queued", None)
    assert Counter((answer.json["status"], answer.headers["Preference-Applied"]) for answer in answers) == {
        ("succeeded", "wait=30"): WAITERS
    }


def have_looked(jobs: Jobs, times: int) -> bool:
    return looks(jobs) >= times


def looks(jobs: Jobs) -> int:
    """How often a job of one Thing was looked at: nothing else asks for an entry of a list."""
    return int(jobs.redis.info("commandstats").get("cmdstat_lindex", {"calls": 0})["calls"])


def test_a_burst_is_accepted_or_told_to_come_again_and_nothing_accepted_is_missing(
    narrow_door: Door, jobs: Jobs
) -> None:
    crowd = Crowd(Access(url=narrow_door.url, api_key=KEY, token=token()))
    asyncio.run(crowd.arrive(["hub-1", "hub-2"], rate=400, seconds=3))
    answers = crowd.answers
    assert not answers.wrong
    assert answers.count(202, 503) == 1200
    assert sorted(answers.jobs) == sorted(jobs.ids())


def test_who_comes_while_the_queue_stands_still_is_turned_away_but_no_health_check(
    own_valkey: Valkey, tmp_path: Path
) -> None:
    settings = {"SHADOW_SYNC_API_THREADS": str(TURNS)}
    number = TURNS + QUEUE + 40
    with (
        running_api(own_valkey.url, tmp_path, **SHARED_SECRET, **settings) as door,
        ThreadPoolExecutor(number) as threads,
    ):
        with own_valkey.frozen():
            crowd = [threads.submit(door.sync) for _ in range(number)]
            until(lambda: len([one for one in crowd if one.done()]) >= 40, what="what is too much was turned away")
            health = door.ask("GET", "/healthz")
            answers = [one.result(40) for one in crowd]
        assert health.status == 200
        assert door.sync().status == 202
    told = Counter(answer.json["message"] for answer in answers)
    assert told[BUSY] >= QUEUE + 40
    assert told.total() - told[BUSY] == told["The job store cannot be reached; nothing was done. Try again."]
    for answer in answers:
        assert_told_to_come_again(answer, answer.json["message"])


def test_clients_that_say_nothing_and_clients_that_do_not_go_keep_no_thread(narrow_door: Door) -> None:
    leaving = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with silent(narrow_door, 10 * TURNS), silent(narrow_door, 10 * TURNS, leaving) as answered:
        assert all(one.recv(12) == b"HTTP/1.1 200" for one in answered)
        health = narrow_door.ask("GET", "/healthz")
    assert health.status == 200
    # gunicorn alone gives each of the first 5 seconds of a thread, and each of the others 2 of its event loop.
    assert health.seconds < 4


def test_with_too_many_unfinished_jobs_none_is_added(narrow_door: Door, jobs: Jobs) -> None:
    first = narrow_door.sync(Idempotency_Key="first").json
    due = due_key(Lane.INTERACTIVE)
    jobs.redis.zadd(due, {f"job/thing-{number}": 2**42 for number in range(BACKLOG - 1)})
    assert_told_to_come_again(narrow_door.sync(), "Too many jobs have not ended yet; nothing was done. Try again.")
    assert jobs.ids() == [first["jobId"]]
    again = narrow_door.sync(Idempotency_Key="first")
    assert (again.status, again.json["jobId"]) == (202, first["jobId"])
    jobs.end(first, {"door": DELIVERED})
    assert narrow_door.sync().status == 202


def test_it_does_not_start_where_it_could_not_open_enough_files(shared_valkey: Valkey) -> None:
    command = ["/bin/sh", "-c", f"ulimit -n 500; exec {sys.executable} -m gunicorn"]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(shared_valkey.url, free_port(), SHARED_SECRET),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "SHADOW_SYNC_API_WAITERS: with 4 waiters a process needs" in ended.stderr
    assert "open files, and may have 500" in ended.stderr
    assert "Traceback" not in ended.stderr
