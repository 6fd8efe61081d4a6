"""Of a large job only a window is in the broker at a time, and no job waits for another's end."""

from collections.abc import Iterator

import pytest

from sandbox import RunningSandbox
from tests.worker.conftest import quick_settings
from tests.worker.crew import Crew
from worker.aws import Aws
from worker.connection import connect
from worker.job import JobStatus, Work
from worker.job_request import Lane, SelectionKind
from worker.keys import due_key, queue_key

WINDOW, THINGS, SHADOWS = 20, 40, 3


@pytest.fixture
def small(redis_url: str, aws: Aws) -> Iterator[Crew]:
    """A crew with a small window."""
    settings = quick_settings(redis_url, window=WINDOW, grace_seconds=5)
    with connect(settings, connections=4) as redis:
        yield Crew(settings, redis, aws)


@pytest.fixture(autouse=True)
def fleet(sandbox: RunningSandbox) -> list[str]:
    names = [f"lamp-{one:03}" for one in range(THINGS)]
    for name in names:
        for shadow in range(SHADOWS):
            sandbox.seed(name, f"shadow-{shadow}", {"on": True})
    return names


def test_no_more_than_the_window_is_woken_at_a_time(small: Crew, fleet: list[str]) -> None:
    job = small.finish(small.start_with(fleet))

    assert (job.status, job.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, THINGS * SHADOWS)
    assert small.queue.longest <= WINDOW


def test_a_thing_of_more_shadows_than_the_window_is_woken_as_far_as_the_queue_has_room(
    small: Crew, sandbox: RunningSandbox, redis_url: str
) -> None:
    for shadow in range(3 * WINDOW):
        sandbox.seed("house", f"room-{shadow}", {"on": True})
    job_id = small.start_with(["house"])
    with connect(quick_settings(redis_url), connections=1) as redis:
        redis.lpush(queue_key(Lane.BULK), *["message"] * (WINDOW - 4))
        [work] = small.store.wake(Lane.BULK)
        small.do(work)
        woken = len(small.queue.works[Lane.BULK])
        redis.delete(queue_key(Lane.BULK))

    assert woken == 4
    assert small.finish(job_id).shadow_counts["delivered"] == 3 * WINDOW


def test_a_small_job_is_not_starved_by_a_large_one_before_it(small: Crew, fleet: list[str]) -> None:
    large = small.start_with(fleet)
    small.work_until(lambda: small.job(large).shadow_counts["delivered"] >= SHADOWS)
    later = small.start_with(fleet[:2])

    small.finish(later)

    done = small.job(large).shadow_counts["delivered"]
    assert done < THINGS * SHADOWS / 2
    assert small.finish(large).status is JobStatus.SUCCEEDED


def test_a_job_that_is_slow_by_its_own_wish_does_not_fill_the_window(small: Crew, fleet: list[str]) -> None:
    slow = small.start_with(fleet, max_per_second=1)
    small.work_until(lambda: small.job(slow).shadow_counts["total"] >= SHADOWS)
    quick = small.start_with(fleet[:10])

    small.finish(quick)

    assert small.job(slow).things["running"] <= 3
    small.store.cancel(slow)


def test_every_job_goes_on_however_many_there_are(small: Crew, fleet: list[str]) -> None:
    jobs = [small.start_with(fleet[:2]) for _ in range(WINDOW)]

    small.finish(*jobs)

    assert {small.job(job_id).status for job_id in jobs} == {JobStatus.SUCCEEDED}


def test_a_worker_that_dies_while_it_feeds_loses_no_thing(small: Crew, fleet: list[str], redis_url: str) -> None:
    job_id = small.start_with(fleet)
    fed = small.store.wake(Lane.BULK)
    assert fed
    # It died before it could wake anybody; when their grace is over they are woken again.
    with connect(quick_settings(redis_url), connections=1) as redis:
        for member in redis.zrange(due_key(Lane.BULK), 0, -1):
            redis.zadd(due_key(Lane.BULK), {member: 0})

    job = small.finish(job_id)

    assert (job.status, job.things["succeeded"]) == (JobStatus.SUCCEEDED, THINGS)


def test_a_single_thing_does_not_wait_in_the_queue_of_the_many(small: Crew, fleet: list[str]) -> None:
    small.start_with(fleet)
    small.start(SelectionKind.THING, fleet[0], lane=Lane.INTERACTIVE)

    assert small.store.wake(Lane.INTERACTIVE) == []
    assert all(isinstance(work, Work) for work in small.store.wake(Lane.BULK))


def test_nothing_of_a_job_is_left_when_it_has_ended_but_what_is_told_of_it(
    small: Crew, fleet: list[str], redis_url: str
) -> None:
    job_id = small.start_with(fleet)
    small.finish(job_id)

    with connect(quick_settings(redis_url), connections=1) as redis:
        kept = {key.removeprefix(f"shadow-sync:job:{job_id}") for key in redis.scan_iter(f"*{job_id}*")}
        assert kept == {"", ":results"}
        assert all(redis.ttl(f"shadow-sync:job:{job_id}{key}") > 0 for key in kept)
        assert redis.exists(due_key(Lane.BULK), "shadow-sync:feeding:bulk") == 0
