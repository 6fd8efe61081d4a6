"""Delivered is not landed: a job that is to verify ends when the rows are there, or says that they are not."""

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from sandbox import Fault, RunningSandbox
from tests.waiting import until
from tests.worker.by_hand import Worker
from tests.worker.fakes import make_sync
from tests.worker.landing_settings import with_rows
from worker.aws import Aws
from worker.job import Job, JobStatus, Landing, Outcome, ShadowStatus, Work
from worker.jobs import JobStore

Make = Callable[..., Worker]


@pytest.fixture
def make(aws: Aws, redis: "Redis", redis_url: str, sandbox: RunningSandbox) -> Make:
    def of(**changes: Any) -> Worker:
        settings = with_rows(redis_url, sandbox, **changes)
        store = JobStore(redis, settings)
        return Worker(make_sync(settings, store, aws), store)

    return of


def version_of(sandbox: RunningSandbox, shadow: str) -> int:
    [*_, event] = sandbox.invocations("lock", shadow)
    version: int = event["version"]
    return version


def delivered(worker: Worker, sandbox: RunningSandbox, *names: str) -> str:
    """A job whose shadows are all delivered, and none is known to have landed."""
    for name in names:
        sandbox.seed("lock", name, {"a": 1})
    job_id = worker.start("lock", verify=True)
    until(lambda: worker.turn(job_id).shadow_counts["delivered"] == len(names), what="delivered")
    return job_id


def test_a_job_ends_when_every_row_is_there(make: Make, sandbox: RunningSandbox) -> None:
    worker = make(landing_timeout=30.0)
    job_id = delivered(worker, sandbox, "config", "state")
    assert not worker.turn(job_id).status.ended
    sandbox.put_row("lock", "config", version_of(sandbox, "config"))
    until(lambda: worker.turn(job_id).shadow_counts["landed"] == 1, what="one landed")
    assert not worker.job(job_id).status.ended
    sandbox.put_row("lock", "state", version_of(sandbox, "state"))

    job = worker.finish(job_id)

    assert (job.status, job.success, job.shadow_counts["landed"]) == (JobStatus.SUCCEEDED, True, 2)
    for shadow in job.shadows:
        assert (shadow.landing.landed, shadow.landing.version) == (True, shadow.outcome.version)
        assert shadow.landing.ms is not None
        assert 0 <= shadow.landing.ms < 30_000


def test_a_row_with_a_newer_version_is_a_landing_too(make: Make, sandbox: RunningSandbox) -> None:
    worker = make()
    job_id = delivered(worker, sandbox, "config")
    sandbox.put_row("lock", "config", 99)

    [shadow] = worker.finish(job_id).shadows

    assert (shadow.landing.landed, shadow.landing.version) == (True, 99)


@pytest.mark.parametrize("stale", [False, True])
def test_a_row_that_does_not_come_makes_the_job_fail_though_the_shadow_is_delivered(
    make: Make, sandbox: RunningSandbox, stale: bool
) -> None:
    worker = make(landing_timeout=0.3)
    sandbox.seed("lock", "config", {"a": 0})
    job_id = delivered(worker, sandbox, "config")
    if stale:
        sandbox.put_row("lock", "config", version_of(sandbox, "config") - 1)

    job = worker.finish(job_id)

    [shadow] = job.shadows
    assert (job.status, job.success) == (JobStatus.FAILED, False)
    assert (shadow.outcome.status, shadow.landing) == (ShadowStatus.DELIVERED, Landing(landed=False))
    assert shadow.outcome.error == "NotLandedError: no row with this version within 0.3 s of the delivery"
    assert shadow.outcome.lambda_status_code == 200
    assert (job.shadow_counts["delivered"], job.shadow_counts["landed"]) == (1, 0)


def test_what_has_landed_counts_where_other_rows_do_not_come(make: Make, sandbox: RunningSandbox) -> None:
    worker = make(landing_timeout=0.5)
    job_id = delivered(worker, sandbox, "config", "state")
    sandbox.put_row("lock", "config", 99)

    job = worker.finish(job_id)

    assert job.status is JobStatus.PARTIAL
    assert [shadow.landing.landed for shadow in job.shadows] == [True, False]


def test_a_job_that_is_not_to_verify_asks_for_no_row(make: Make, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"a": 1})

    [shadow] = make().sync("lock").shadows

    assert shadow.landing == Landing()
    assert "Sql" not in sandbox.counters()


def test_one_query_asks_for_all_rows_of_a_thing(make: Make, sandbox: RunningSandbox) -> None:
    for number in range(12):
        sandbox.put_row("lock", f"s{number}", 99)
    worker = make()
    job_id = delivered(worker, sandbox, *(f"s{number}" for number in range(12)))
    assert worker.finish(job_id).shadow_counts["landed"] == 12
    assert sandbox.counters()["Sql"]["calls"] == 1


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.RESET, Fault.ENERGY, Fault.GARBAGE])
def test_a_database_that_fails_for_a_while_is_asked_again(make: Make, sandbox: RunningSandbox, fault: Fault) -> None:
    worker = make(landing_timeout=30.0)
    sandbox.fail_next("Sql", fault, times=2)
    job_id = delivered(worker, sandbox, "config")
    sandbox.put_row("lock", "config", 99)

    job = worker.finish(job_id)

    assert (job.status, job.errors) == (JobStatus.SUCCEEDED, ())


def test_a_token_that_is_refused_is_told_once_and_what_is_delivered_stays_so(
    make: Make, sandbox: RunningSandbox
) -> None:
    worker = make(spacetimedb_token="not.the.token")
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.seed("lock", "state", {"a": 1})

    job = worker.sync("lock", verify=True)

    assert (job.status, job.success, job.shadow_counts["delivered"]) == (JobStatus.PARTIAL, False, 2)
    [error] = job.errors
    assert "SHADOW_SYNC_SPACETIMEDB_TOKEN" in error
    assert "not.the.token" not in error
    assert [(shadow.landing.landed, shadow.outcome.error) for shadow in job.shadows] == [(None, None)] * 2


def test_a_database_that_stays_away_is_told_once_the_time_is_up(make: Make, sandbox: RunningSandbox) -> None:
    worker = make(landing_timeout=0.3)
    sandbox.turn(spacetimedb_error_rate=1.0)
    sandbox.seed("lock", "config", {"a": 1})

    job = worker.sync("lock", verify=True)

    assert (job.status, job.shadow_counts["delivered"]) == (JobStatus.PARTIAL, 1)
    assert job.errors == ("SpacetimeDbUnavailable: SpacetimeDB answered 503",)


def test_a_worker_that_knows_no_database_says_which_setting_it_lacks(make: Make, sandbox: RunningSandbox) -> None:
    worker = make(spacetimedb_url=None, spacetimedb_database=None, spacetimedb_token=None)
    sandbox.seed("lock", "config", {"a": 1})

    assert "SHADOW_SYNC_SPACETIMEDB_URL" in worker.sync("lock", verify=True).errors[0]


def test_waiting_for_a_landing_holds_no_lease(make: Make, sandbox: RunningSandbox, redis: "Redis") -> None:
    worker = make(landing_timeout=60.0)
    job_id = delivered(worker, sandbox, "config")

    worker.turn(job_id)

    due: Any = redis.zrange("shadow-sync:due:interactive", 0, -1, withscores=True)
    seconds, _ = redis.time()
    assert [member for member, _ in due] == [f"{job_id}/lock"]
    assert due[0][1] / 1000 < seconds + 10


def test_skipped_and_failed_shadows_are_not_waited_for(make: Make, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.put_raw("lock", "broken", b"not JSON")

    job: Job = make(landing_timeout=0.3).sync("lock", verify=True)

    states = {shadow.name: (shadow.outcome.status, shadow.landing.landed) for shadow in job.shadows}
    assert states == {"broken": (ShadowStatus.FAILED, None), "config": (ShadowStatus.DELIVERED, False)}


@pytest.mark.parametrize("unknown", ["", "SpacetimeDbUnavailable: no"])
def test_what_went_wrong_with_the_listing_is_told_after_the_landing_too(store: JobStore, unknown: str) -> None:
    job_id = Worker.start_in(store, "lock", verify=True)
    thing, sent = Work(job_id, "lock"), Outcome(status=ShadowStatus.DELIVERED, version=1)
    listing = store.lease(thing)
    assert listing
    store.add_shadows(listing, ["config"])
    store.end_listing(listing, error="InternalFailure: no second page")
    delivery = store.lease(Work(job_id, "lock", "config"))
    assert delivery
    store.finish(delivery, sent)
    first = store.lease(thing)
    assert first
    store.retry(first, delay=0.0, charge=False, outcome=sent)
    second = store.lease(thing)
    assert second

    store.land(second, {} if unknown else {"config": 1}, unknown=unknown)

    job = store.read(job_id)
    assert job
    assert job.status is JobStatus.PARTIAL
    assert job.errors == ("; ".join(filter(None, ["InternalFailure: no second page", unknown])),)
