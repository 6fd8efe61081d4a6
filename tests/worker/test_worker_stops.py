"""A worker that is told to stop, as by a deploy: it ends in time, whatever AWS does, and others go on with the rest."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sandbox import RunningSandbox
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.site import BEAT, BULK, PATIENT, Site
from worker.job import JobStatus

ALL = {(f"lamp-{thing:02}", f"shadow-{shadow}") for thing in range(40) for shadow in range(3)}
THREADS = 4
# What waits in the queue for longer than the grace is woken again, as far as the window has room.
SMALL = {"SHADOW_SYNC_WINDOW": "40"}


@pytest.fixture
def site(own_valkey: Valkey, sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    for thing, shadow in sorted(ALL):
        sandbox.seed(thing, shadow, {"pin": "canary-4711"})
    with ExitStack() as exits:
        yield Site(own_valkey, sandbox, tmp_path_factory.mktemp("logs"), exits)


def sent(site: Site) -> Counter[tuple[str, str]]:
    return Counter((one["thingName"], one["shadowName"]) for one in site.sandbox.invocations())


def invoked(site: Site) -> int:
    """Calls that were begun."""
    return site.sandbox.counters()["Invoke"]["calls"]


def running(site: Site, job_id: str) -> int:
    """Shadows that some worker holds."""
    job = site.store.read(job_id)
    assert job
    assert not job.status.ended
    return job.shadow_counts["running"]


def test_workers_that_are_replaced_one_after_the_other_under_load_send_nothing_twice(site: Site) -> None:
    # Long enough for the second to start meanwhile.
    site.sandbox.turn(lambda_latency_ms=500)
    site.start(BEAT, **SMALL, **PATIENT)
    leaving = site.start(BULK, **SMALL, **PATIENT)
    job_id = site.ask_for_all()
    until(lambda: sent(site), what="the first works")

    joining = site.start(BULK, **SMALL, **PATIENT)
    joining.wait_until_ready()
    site.sandbox.turn(lambda_latency_ms=100)
    assert leaving.terminate() == 0

    assert running(site, job_id) <= THREADS
    assert site.ended(job_id).status is JobStatus.SUCCEEDED
    assert sent(site) == Counter(ALL)


def test_a_worker_whose_calls_hang_ends_before_its_leases_do_and_hands_back_what_it_had(site: Site) -> None:
    lease_seconds = 10
    leased = {**SMALL, "SHADOW_SYNC_LEASE_SECONDS": str(lease_seconds)}
    site.start(BEAT, **leased)
    leaving = site.start(BULK, **leased)
    site.sandbox.turn(lambda_latency_ms=60_000)
    job_id = site.ask_for_all()
    until(lambda: site.sandbox.counters().get("Invoke", {}).get("inFlight") == THREADS, what="all its threads hang")

    told, begun = time.monotonic(), invoked(site)
    assert leaving.terminate() == 0
    assert time.monotonic() - told < lease_seconds

    assert running(site, job_id) == 0
    assert invoked(site) - begun <= THREADS
    site.sandbox.turn(lambda_latency_ms=0)
    site.start(BULK, **SMALL, **PATIENT)
    assert site.ended(job_id).status is JobStatus.SUCCEEDED
    assert set(sent(site)) == ALL
    # Whether what hung was done, nobody knows: so it is done again.
    assert sent(site).total() - len(ALL) <= site.sandbox.counters()["Invoke"]["abandoned"]


def test_a_worker_that_lists_a_fleet_ends_after_the_page_and_another_one_goes_on_with_the_next(site: Site) -> None:
    pages = 20
    site.sandbox.turn(iot_control_page_examines=len({thing for thing, _ in ALL}) // pages)
    site.start(BEAT, **SMALL, **PATIENT)
    leaving = site.start(BULK, **SMALL, **PATIENT)
    job_id = site.ask_for_all()
    until(lambda: site.sandbox.counters().get("ListThings", {}).get("calls", 0) >= 2, what="it lists")

    assert leaving.terminate() == 0
    job = site.store.read(job_id)
    assert job
    assert job.status is JobStatus.RESOLVING
    assert job.things["total"] == 2 * site.sandbox.counters()["ListThings"]["calls"] < 40

    site.start(BULK, **SMALL, **PATIENT)
    assert site.ended(job_id).status is JobStatus.SUCCEEDED
    assert sent(site) == Counter(ALL)
    assert site.sandbox.counters()["ListThings"]["calls"] == pages
