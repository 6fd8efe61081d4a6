"""Whatever lies in a queue, or is said where workers listen: it is logged, counted and dropped, and the next real job
is done by the same worker.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import SEEK_END
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from sandbox import running
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.hostile import HEADERS, JOB, OBEYED, QUOTED, coded, spoken, task, unfit, whole
from tests.worker.processes import Process
from tests.worker.site import BULK, WORKER, Site
from worker.job import JobStatus
from worker.job_request import Lane
from worker.keys import KEY_PREFIX, queue_key
from worker.wake_up import SYNC_THING

UNKNOWN = "f" * 32
UNFIT = list(unfit(Path()))
CONTROL = f"{KEY_PREFIX}/0.celery.pidbox"


class Attacked(Site):
    """A site, and the worker of each lane."""

    workers: dict[Lane, Process]
    touched: Path

    def put(self, lane: Lane, *messages: bytes) -> list[dict[str, Any]]:
        """What the lane's worker says until it has dropped the last of the messages."""
        with self._heard(lane) as heard:
            self.redis.lpush(queue_key(lane), *messages)
        return heard

    def say(self, lane: Lane, message: bytes) -> list[dict[str, Any]]:
        """What the lane's worker says until it has dropped what all of them were told."""
        with self._heard(lane) as heard:
            assert self.redis.publish(CONTROL, message) == len(Lane)
        return heard

    @contextmanager
    def _heard(self, lane: Lane) -> Iterator[list[dict[str, Any]]]:
        heard: list[dict[str, Any]] = []
        with self.workers[lane].log.open("rb") as log:
            log.seek(0, SEEK_END)
            yield heard

            def dropped() -> bool:
                assert self.workers[lane].running
                heard.extend(json.loads(line) for line in log if line.startswith(b"{"))
                return any(line["event"] == "message dropped" for line in heard)

            until(dropped, what="it is dropped")


@pytest.fixture(scope="module")
def site(shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with Redis.from_url(shared_valkey.url, socket_timeout=5) as client:
        client.flushall()
    with running() as sandbox, ExitStack() as exits:
        sandbox.seed("lock", "front", {"n": 1})
        site = Attacked(shared_valkey, sandbox, tmp_path_factory.mktemp("logs"), exits)
        site.workers = {Lane.INTERACTIVE: site.start(WORKER), Lane.BULK: site.start(BULK)}
        site.touched = tmp_path_factory.mktemp("pickled") / "touched"
        for process in site.workers.values():
            process.wait_until_ready()
        yield site


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("wrong", UNFIT)
def test_an_unfit_message_is_dropped_with_a_line_that_quotes_nothing(site: Attacked, wrong: str, lane: Lane) -> None:
    message, reason = unfit(site.touched)[wrong]

    said = site.put(lane, message)

    [line] = [line for line in said if line["event"] == "message dropped"]
    assert (line["reason"], line["queue"], line["size"]) == (reason, lane, len(message))
    assert QUOTED not in json.dumps(said)
    assert len(json.dumps(said)) < 10_000
    assert not [line for line in said if "lost" in line["event"] or line["level"] == "error"]
    assert not site.touched.exists()


def test_the_dropped_are_counted(site: Attacked) -> None:
    counts = [site.put(Lane.BULK, b"?")[-1]["dropped"] for _ in range(3)]

    assert counts == [counts[0], counts[0] + 1, counts[0] + 2]
    # And told with the worker's next pulse, for the metrics.
    counted = f"{KEY_PREFIX}counters", "messages_dropped:bulk"
    until(lambda: int(site.redis.hget(*counted) or 0) >= counts[-1], what="the store has counted them")


@pytest.mark.parametrize("lane", Lane)
def test_a_job_that_does_not_exist_is_dropped_too(site: Attacked, lane: Lane) -> None:
    said = site.put(lane, task(SYNC_THING, UNKNOWN, "lock"))

    [line] = [line for line in said if line["event"] == "message dropped"]
    assert (line["reason"], line["job_id"]) == ("unknown job", UNKNOWN)
    assert not site.redis.keys(f"*{UNKNOWN}*")


@pytest.mark.parametrize("asked", OBEYED)
def test_of_what_celery_would_obey_only_the_work_is_taken(site: Attacked, asked: str) -> None:
    job_id = site.ask("lock", wake=False)
    body = coded(json.dumps(((job_id, "lock"), {}, {})).encode())

    site.redis.lpush(queue_key(Lane.INTERACTIVE), whole(headers={**HEADERS, **OBEYED[asked]}, body=body))

    assert site.ended(job_id).status is JobStatus.SUCCEEDED


def test_no_task_is_run_after_another_because_a_message_says_so(site: Attacked) -> None:
    job_id = site.ask("lock", wake=False)
    further = {"task": "worker.tasks.sync_thing", "args": [JOB, "lock"], "kwargs": {}, "options": {}}
    embedded = {"callbacks": [further], "errbacks": [further], "chain": [further], "chord": further}
    body = coded(json.dumps(((job_id, "lock"), {}, embedded)).encode())

    site.redis.lpush(queue_key(Lane.INTERACTIVE), whole(body=body))

    assert site.ended(job_id).status is JobStatus.SUCCEEDED
    assert JOB not in site.workers[Lane.INTERACTIVE].printed()


@pytest.mark.parametrize("wrong", spoken())
def test_what_is_no_question_to_the_workers_is_dropped(site: Attacked, wrong: str) -> None:
    said = site.say(Lane.BULK, spoken()[wrong])

    [line] = [line for line in said if line["event"] == "message dropped"]
    assert (line["reason"], line["queue"]) == ("not kombu's", "/0.celery.pidbox")
    assert QUOTED not in json.dumps(said)
    assert not [line for line in said if "lost" in line["event"]]


def test_after_all_that_the_same_workers_do_real_jobs_and_nothing_is_left_in_the_queues(site: Attacked) -> None:
    one, many = site.ask("lock"), site.ask_for_all()

    assert {site.ended(job_id).status for job_id in (one, many)} == {JobStatus.SUCCEEDED}
    assert all(worker.running and worker.printed().count(" ready.") == 1 for worker in site.workers.values())
    assert [site.redis.llen(queue_key(lane)) for lane in Lane] == [0, 0]
