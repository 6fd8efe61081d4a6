"""Each move of a job is counted once, whoever makes it, and nothing else is."""

from collections.abc import Mapping
from contextlib import suppress

import pytest
from redis import Redis, RedisError

from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.conftest import ADMIN, quick_settings
from worker.call_counts import CallCounts
from worker.connection import connect
from worker.counters import COUNTERS
from worker.failures import PermanentError, RetryableError
from worker.figures import StoreFigures
from worker.job import Lease, Outcome, ShadowStatus, Work
from worker.job_request import JobOptions, Lane, one_thing
from worker.jobs import JobStore
from worker.pulse import Pulse
from worker.settings import Settings

FAILED = Outcome(status=ShadowStatus.FAILED, error="KeyError: x")


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """A lease that a test can outlive."""
    no_calls = dict.fromkeys(("aws_connect_timeout_seconds", "iot_timeout_seconds", "lambda_timeout_seconds"), 0.01)
    return quick_settings(redis_url, lease_seconds=0.2, **no_calls)


@pytest.fixture
def figures(redis: "Redis", settings: Settings) -> StoreFigures:
    return StoreFigures(redis, settings)


def counted(figures: StoreFigures) -> Mapping[str, int]:
    counters = figures.read().counters
    assert counters.keys() <= {field for counter in COUNTERS for field, _ in counter.fields()}
    return counters


def leased(store: JobStore, work: Work) -> Lease:
    return until(lambda: store.lease(work), what="the work can be had")


def listed(store: JobStore, *names: str, verify: bool = False) -> list[Work]:
    job_id, _ = store.create(one_thing("lock", ADMIN, JobOptions(verify=verify)))
    lease = leased(store, Work(job_id, "lock"))
    works = store.add_shadows(lease, names) or []
    store.end_listing(lease)
    return works


def test_a_job_and_its_shadows_are_counted_as_they_go(store: JobStore, figures: StoreFigures) -> None:
    good, bad, cancelled = listed(store, "a", "b", "c")
    store.finish(leased(store, good), Outcome(status=ShadowStatus.DELIVERED, version=1))
    store.finish(leased(store, bad), FAILED)
    store.cancel(cancelled.job_id)

    assert counted(figures) == {
        "jobs_accepted:interactive": 1,
        "jobs_started:interactive": 1,
        "jobs_ended:interactive:cancelled": 1,
        **{f"shadows:interactive:{outcome}": 1 for outcome in ("delivered", "failed", "cancelled")},
    }


def test_what_ends_twice_or_is_asked_for_twice_counts_once(store: JobStore, figures: StoreFigures) -> None:
    job_id, _ = store.create(one_thing("lock", ADMIN), idempotency=("key", "fingerprint"))
    store.create(one_thing("lock", ADMIN), idempotency=("key", "fingerprint"))
    store.create(one_thing("lock", ADMIN), job_id=job_id)
    lease = leased(store, Work(job_id, "lock"))
    [work] = store.add_shadows(lease, ["a"]) or []
    store.end_listing(lease)
    attempt = leased(store, work)
    store.finish(attempt, Outcome(status=ShadowStatus.DELIVERED))
    store.finish(attempt, Outcome(status=ShadowStatus.DELIVERED))
    store.finish(attempt, FAILED)

    counters = counted(figures)
    assert (counters["jobs_accepted:interactive"], counters["jobs_ended:interactive:succeeded"]) == (1, 1)
    assert {name: value for name, value in counters.items() if name.startswith("shadows")} == {
        "shadows:interactive:delivered": 1
    }


def test_attempts_that_are_put_off_are_counted_by_why(store: JobStore, figures: StoreFigures) -> None:
    [work] = listed(store, "a")
    store.retry(leased(store, work), delay=0.0, charge=True, outcome=FAILED)
    store.retry(leased(store, work), delay=0.0, charge=False, outcome=FAILED)
    store.retry(leased(store, work), delay=0.0, charge=False, counted=False, outcome=FAILED)
    lost = leased(store, work)
    store.finish(lost, FAILED)
    store.retry(lost, delay=0.0, charge=True, outcome=FAILED)

    found = {name: value for name, value in counted(figures).items() if name.startswith(("retries", "lease"))}
    assert found == {f"retries:interactive:{reason}": 1 for reason in ("error", "throttled", "paced")}


def test_a_lease_whose_worker_never_came_back_is_counted_once_it_is_taken_over(
    store: JobStore, figures: StoreFigures
) -> None:
    [work] = listed(store, "a")
    leased(store, work)
    assert "lease_expiries:interactive" not in counted(figures)

    again = leased(store, work)

    assert again.attempts == 2
    assert counted(figures)["lease_expiries:interactive"] == 1


def test_shadows_that_land_or_not_are_counted_and_to_look_again_is_no_retry(
    store: JobStore, figures: StoreFigures
) -> None:
    works = listed(store, "a", "b", verify=True)
    for work in works:
        store.finish(leased(store, work), Outcome(status=ShadowStatus.DELIVERED, version=1))
    thing = works[0].of_the_thing
    lease = leased(store, thing)
    assert store.land(lease, {"a": 1}) == 1
    store.retry(lease, delay=0.0, charge=False, outcome=FAILED)
    assert store.land(leased(store, thing), {}, late="NotLandedError: no") == 0

    counters = counted(figures)
    assert (counters["landings:interactive:landed"], counters["landings:interactive:late"]) == (1, 1)
    assert not [name for name in counters if name.startswith("retries")]


def test_calls_are_counted_by_how_they_were_answered() -> None:
    counts = CallCounts()
    for error in (None, RetryableError("x", throttled=True), RetryableError("x"), PermanentError("x"), KeyError()):
        with suppress(RetryableError, PermanentError, KeyError), counts.counted("Invoke"):
            if error:
                raise error

    assert counts.take() == {"aws_calls:Invoke:ok": 1, "aws_calls:Invoke:throttled": 1, "aws_calls:Invoke:error": 3}
    assert counts.take() == {}


def test_what_could_not_be_told_is_told_once_the_store_is_back_and_the_rest_with_the_end(own_valkey: Valkey) -> None:
    settings, counts = quick_settings(own_valkey.url), CallCounts()
    with connect(settings, connections=2) as redis:
        figures, pulse = StoreFigures(redis, settings), Pulse(redis, settings, counts)
        pulse.start("mine@here", ["bulk"])
        until(lambda: figures.read().workers_of(Lane.BULK, silent_at_most=10), what="the worker is seen")
        own_valkey.kill()
        with counts.counted("Invoke"):
            until(lambda: away(figures), what="the store is away")
        own_valkey.start()
        until(lambda: not away(figures) and figures.read().counters, what="the call is told")
        with counts.counted("Invoke"):
            pass
        pulse.stop()

        assert counted(figures) == {"aws_calls:Invoke:ok": 2}
        assert figures.read().workers == {}


def away(figures: StoreFigures) -> bool:
    try:
        figures.read()
    except RedisError:
        return True
    return False
