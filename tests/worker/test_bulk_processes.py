"""Real workers and beat on a job of many Things: it ends with nothing missing, whatever dies on the way."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from sandbox import RunningSandbox
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.site import BEAT, BULK, PATIENT, WORKER, Site
from worker.job import JobStatus
from worker.job_request import JobOptions, Lane
from worker.keys import due_key
from worker.results import Results

THINGS, SHADOWS = 30, 3
ALL = {(f"lamp-{thing:02}", f"shadow-{shadow}") for thing in range(THINGS) for shadow in range(SHADOWS)}
# So that what a dead worker held comes back soon, and the feeder feeds often.
SMALL = {"SHADOW_SYNC_WINDOW": "30"}


@pytest.fixture
def site(own_valkey: Valkey, sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    for thing, shadow in sorted(ALL):
        sandbox.seed(thing, shadow, {"pin": "canary-4711"})
    with ExitStack() as exits:
        yield Site(own_valkey, sandbox, tmp_path_factory.mktemp("logs"), exits)


def sent(site: Site) -> Counter[tuple[str, str]]:
    return Counter((one["thingName"], one["shadowName"]) for one in site.sandbox.invocations())


def found(site: Site) -> int:
    """Pages of Things."""
    return site.sandbox.counters().get("ListThings", {}).get("calls", 0)


def assert_complete(site: Site, job_id: str) -> None:
    job = site.ended(job_id)
    assert (job.status, job.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, len(ALL))
    assert set(sent(site)) == ALL
    told = [(row.thing_name, row.shadow and row.shadow.name) for row in Results(site.redis).stream(job_id)]
    assert sorted(told) == sorted(ALL)
    assert site.redis.zcard(due_key(Lane.BULK)) == 0


def test_all_things_are_synced_by_the_workers_for_bulk(site: Site) -> None:
    worker = site.start(BULK, **SMALL, **PATIENT)
    site.start(BEAT, **SMALL, **PATIENT)

    job_id = site.ask_for_all()

    assert_complete(site, job_id)
    assert max(sent(site).values()) == 1
    assert worker.terminate() == 0
    assert "canary" not in worker.printed()


def test_workers_killed_while_they_find_feed_and_send_lose_nothing(site: Site) -> None:
    site.sandbox.turn(iot_control_page_examines=5, iot_latency_ms=20, lambda_latency_ms=20)
    site.start(BEAT, **SMALL)
    job_id = site.ask_for_all()
    for under_way in (lambda: found(site) >= 3, lambda: len(sent(site)) >= 20, lambda: len(sent(site)) >= 40):
        doomed = site.start(BULK, **SMALL)
        until(under_way, what="it is under way")
        doomed.kill()
    site.start(BULK, **SMALL)

    assert_complete(site, job_id)


def test_a_job_goes_on_after_valkey_was_killed_and_came_back(site: Site) -> None:
    site.sandbox.turn(lambda_latency_ms=50)
    worker = site.start(BULK, **SMALL)
    site.start(BEAT, **SMALL)
    job_id = site.ask_for_all()
    until(lambda: len(sent(site)) > 20, what="it is under way")

    site.valkey.kill()
    until(lambda: "Connection to broker lost" in worker.printed(), what="the worker notices")
    site.valkey.start()

    assert_complete(site, job_id)
    assert worker.running


def test_one_thing_does_not_wait_behind_many(site: Site) -> None:
    site.sandbox.turn(lambda_latency_ms=200)
    site.start(BULK, **SMALL)
    site.start(WORKER)
    site.start(BEAT, **SMALL)
    many = site.ask_for_all(options=JobOptions(max_per_second=20))
    until(lambda: len(sent(site)) > 5, what="the many are under way")

    one = site.ask("lamp-29")

    assert site.ended(one).status is JobStatus.SUCCEEDED
    job = site.store.read(many)
    assert job
    assert not job.status.ended
    site.store.cancel(many)


def test_a_job_for_bulk_is_not_begun_by_the_workers_for_single_things(site: Site) -> None:
    worker = site.start(WORKER)
    site.start(BEAT)
    job_id = site.ask_for_all()
    one = site.ask("lamp-00")

    assert site.ended(one).status is JobStatus.SUCCEEDED
    job = site.store.read(job_id)
    assert job
    assert job.status is JobStatus.RESOLVING
    assert worker.running


def test_a_worker_for_bulk_alone_lets_others_go_first(site: Site) -> None:
    """And one that also serves those who wait does not."""
    both = [*WORKER, "-Q", "bulk,interactive"]
    started = [site.start(command) for command in (BULK, WORKER, both)]
    for process in started:
        process.wait_until_ready()

    assert [psutil.Process(process.pid).nice() for process in started] == [10, 0, 0]
