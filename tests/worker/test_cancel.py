"""Cancelling a job: nothing further is begun, and the job ends with what is under way."""

import pytest

from sandbox import Fault, RunningSandbox
from tests.worker.by_hand import Worker
from worker.job import JobStatus, Outcome, ShadowStatus, Work
from worker.job_ends import Ended, ForbiddenByStateError, UnknownJobError
from worker.job_request import Lane
from worker.jobs import JobStore
from worker.sync import Sync

DELIVERED = Outcome(status=ShadowStatus.DELIVERED, version=1, lambda_status_code=200, lambda_request_id="r")


@pytest.fixture
def worker(sync: Sync, store: JobStore) -> Worker:
    return Worker(sync, store)


def listed(store: JobStore, *names: str, **options: bool) -> str:
    """A job whose shadows are listed, and all pending."""
    job_id = Worker.start_in(store, "lock", **options)
    lease = store.lease(Work(job_id, "lock"))
    assert lease
    store.add_shadows(lease, names)
    assert store.end_listing(lease)
    return job_id


def test_a_job_that_nobody_has_begun_ends_at_once(worker: Worker, store: JobStore, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    job_id = worker.start("lock")

    store.cancel(job_id)

    job = worker.turn(job_id)
    assert (job.status, job.success, job.things["cancelled"]) == (JobStatus.CANCELLED, False, 1)
    assert job.finished_at
    assert sandbox.counters() == {}


def test_pending_shadows_are_cancelled_and_delivered_ones_stay(store: JobStore) -> None:
    job_id = listed(store, "config", "state", "volume")
    lease = store.lease(Work(job_id, "lock", "config"))
    assert lease
    assert store.finish(lease, DELIVERED) is Ended.ENDED

    store.cancel(job_id)

    job = store.read(job_id)
    assert job
    assert job.status is JobStatus.CANCELLED
    assert (job.shadow_counts["delivered"], job.shadow_counts["cancelled"]) == (1, 2)
    assert [shadow.outcome.status for shadow in job.shadows] == ["delivered", "cancelled", "cancelled"]
    assert store.wake(Lane.INTERACTIVE) == []


@pytest.mark.parametrize("ends_well", [True, False])
def test_a_shadow_under_way_ends_with_its_attempt(store: JobStore, ends_well: bool) -> None:
    job_id = listed(store, "config", "state")
    lease = store.lease(Work(job_id, "lock", "config"))
    assert lease

    store.cancel(job_id)

    running = store.read(job_id)
    assert running
    assert (running.status, running.shadow_counts["running"]) == (JobStatus.RUNNING, 1)
    if ends_well:
        store.finish(lease, DELIVERED)
    else:
        store.retry(lease, delay=1.0, charge=True, outcome=Outcome(status=ShadowStatus.FAILED, error="Oh"))
    job = store.read(job_id)
    assert job
    assert job.status is JobStatus.CANCELLED
    assert job.shadows[0].outcome.status == ("delivered" if ends_well else "cancelled")
    assert store.lease(Work(job_id, "lock", "config")) is None


def test_a_shadow_whose_worker_died_is_cancelled_when_its_lease_ends(worker: Worker, store: JobStore) -> None:
    job_id = listed(store, "config")
    assert store.lease(Work(job_id, "lock", "config"))
    store.cancel(job_id)

    job = worker.finish(job_id)

    assert (job.status, job.shadow_counts["cancelled"]) == (JobStatus.CANCELLED, 1)


def test_a_listing_under_way_adds_nothing_more(store: JobStore) -> None:
    job_id = Worker.start_in(store, "lock")
    lease = store.lease(Work(job_id, "lock"))
    assert lease
    assert store.add_shadows(lease, ["config"])

    store.cancel(job_id)

    assert store.add_shadows(lease, ["state"]) is None
    assert store.end_listing(lease) is Ended.NOT_OURS
    job = store.read(job_id)
    assert job
    assert (job.status, job.shadow_counts["total"]) == (JobStatus.CANCELLED, 1)


def test_a_landing_is_no_longer_waited_for(store: JobStore) -> None:
    job_id = listed(store, "config", verify=True)
    lease = store.lease(Work(job_id, "lock", "config"))
    assert lease
    assert store.finish(lease, DELIVERED) is Ended.LANDING

    store.cancel(job_id)

    job = store.read(job_id)
    assert job
    assert (job.status, job.shadows[0].landing.landed) == (JobStatus.CANCELLED, None)


def test_a_delivery_under_way_is_not_waited_for_to_land(store: JobStore) -> None:
    job_id = listed(store, "config", verify=True)
    lease = store.lease(Work(job_id, "lock", "config"))
    assert lease
    store.cancel(job_id)

    assert store.finish(lease, DELIVERED) is Ended.THING_ENDED

    assert store.lease(Work(job_id, "lock")) is None
    job = store.read(job_id)
    assert job
    assert (job.status, job.things["cancelled"]) == (JobStatus.CANCELLED, 1)
    assert (job.shadow_counts["delivered"], job.shadow_counts["cancelled"]) == (1, 0)
    assert store.wake(Lane.INTERACTIVE) == []


def test_cancelling_twice_is_cancelling_once(store: JobStore) -> None:
    job_id = listed(store, "config")

    store.cancel(job_id)
    store.cancel(job_id)
    job = store.read(job_id)
    assert job
    assert job.shadow_counts["cancelled"] == 1


def test_a_job_that_has_ended_cannot_be_cancelled(worker: Worker, store: JobStore, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.fail_next("GetThingShadow", Fault.ERROR)
    job = worker.sync("lock")

    with pytest.raises(ForbiddenByStateError, match="succeeded"):
        store.cancel(job.job_id)
    assert store.read(job.job_id) == job
    with pytest.raises(UnknownJobError):
        store.cancel("0" * 32)
