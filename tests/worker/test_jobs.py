"""What the job store promises: exact counts, one holder at a time, terminal states for good, nothing forgotten."""

import pytest
from redis import Redis, RedisError

from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.conftest import ADMIN, quick_settings
from worker.connection import connect
from worker.job import JobStatus, Lease, Outcome, ShadowStatus, Work
from worker.job_ends import IdempotencyConflictError
from worker.job_request import Lane, one_thing
from worker.jobs import JobStore
from worker.keys import queue_key
from worker.settings import Settings

DELIVERED = Outcome(
    status=ShadowStatus.DELIVERED, version=2**60 + 1, lambda_status_code=200, lambda_request_id="request-1"
)
FAILED = Outcome(status=ShadowStatus.FAILED, error="InternalFailureException: no")


def listed(store: JobStore, names: list[str], thing_name: str = "thing") -> list[Work]:
    """A job whose Thing has been listed."""
    job_id, _ = store.create(one_thing(thing_name, ADMIN))
    lease = taken(store, Work(job_id, thing_name))
    works = store.add_shadows(lease, names)
    assert works is not None
    assert store.end_listing(lease, error_if_empty="no named shadows")
    return works


def taken(store: JobStore, work: Work) -> Lease:
    lease = store.lease(work)
    assert lease
    return lease


def status_of(store: JobStore, job_id: str) -> JobStatus:
    job = store.read(job_id)
    assert job
    return job.status


def test_a_new_job_is_queued_and_says_who_asked(store: JobStore) -> None:
    job_id, created = store.create(one_thing("thing", ADMIN))

    job = store.read(job_id)

    assert created
    assert job
    assert (job.status, job.thing_name, job.requested_by, job.success) == (JobStatus.QUEUED, "thing", ADMIN, None)
    assert job.created_at.tzinfo
    assert (job.started_at, job.finished_at) == (None, None)
    assert job.things["pending"] == job.things["total"] == 1


def test_an_unknown_job_is_none(store: JobStore) -> None:
    assert store.read("f" * 32) is None


def test_a_job_succeeds_when_its_last_shadow_is_delivered_or_skipped(store: JobStore) -> None:
    first, second = listed(store, ["config", "$lock"])

    store.finish(taken(store, first), DELIVERED)
    assert status_of(store, first.job_id) is JobStatus.RUNNING
    store.finish(taken(store, second), Outcome(status=ShadowStatus.SKIPPED))

    job = store.read(first.job_id)
    assert job
    assert (job.status, job.success) == (JobStatus.SUCCEEDED, True)
    assert job.finished_at
    assert job.shadow_counts == {
        "total": 2, "pending": 0, "running": 0, "delivered": 1, "skipped": 1, "failed": 0, "cancelled": 0, "landed": 0
    }  # fmt: skip
    assert [shadow.name for shadow in job.shadows] == ["$lock", "config"]
    assert job.shadows[1].outcome == DELIVERED


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [([DELIVERED, FAILED], JobStatus.PARTIAL), ([FAILED, FAILED], JobStatus.FAILED)],
    ids=["some failed", "all failed"],
)
def test_a_job_with_failures_says_how_far_it_came(store: JobStore, outcomes: list[Outcome], status: JobStatus) -> None:
    works = listed(store, ["a", "b"])

    for work, outcome in zip(works, outcomes, strict=True):
        store.finish(taken(store, work), outcome)

    assert status_of(store, works[0].job_id) is status


def test_a_thing_without_named_shadows_ends_the_job_with_the_reason(store: JobStore) -> None:
    job_id, _ = store.create(one_thing("thing", ADMIN))
    store.end_listing(taken(store, Work(job_id, "thing")), error_if_empty="no named shadows")

    job = store.read(job_id)

    assert job
    assert (job.status, job.empty, job.errors) == (JobStatus.FAILED, True, ("no named shadows",))


def test_a_listing_that_fails_half_way_ends_the_job_only_when_the_shadows_it_found_have_ended(store: JobStore) -> None:
    job_id, _ = store.create(one_thing("thing", ADMIN))
    lease = taken(store, Work(job_id, "thing"))
    [work] = store.add_shadows(lease, ["a"]) or []
    store.end_listing(lease, error="AccessDeniedException: no")
    assert status_of(store, job_id) is JobStatus.RUNNING

    store.finish(taken(store, work), DELIVERED)

    job = store.read(job_id)
    assert job
    assert (job.status, job.errors) == (JobStatus.PARTIAL, ("AccessDeniedException: no",))


def test_a_shadow_listed_twice_is_one_shadow(store: JobStore) -> None:
    job_id, _ = store.create(one_thing("thing", ADMIN))
    lease = taken(store, Work(job_id, "thing"))

    store.add_shadows(lease, ["a", "b"])

    assert store.add_shadows(lease, ["b", "c"]) == [Work(job_id, "thing", "c")]
    job = store.read(job_id)
    assert job
    assert job.shadow_counts["total"] == 3


def test_work_is_held_by_one_worker_at_a_time(store: JobStore) -> None:
    [work] = listed(store, ["a"])

    assert store.lease(work)
    assert store.lease(work) is None


def test_a_lease_that_ran_out_can_be_taken_again_and_counts_both_attempts(redis: "Redis", redis_url: str) -> None:
    store = JobStore(redis, quick_settings(redis_url, lease_seconds=0.2, **brief_calls()))
    [work] = listed(store, ["a"])
    store.lease(work)

    again = until(lambda: store.lease(work))

    assert again.attempts == 2
    assert again.age > 0


def test_a_failure_from_a_worker_that_lost_its_lease_is_ignored_but_its_success_counts(
    redis: "Redis", redis_url: str
) -> None:
    store = JobStore(redis, quick_settings(redis_url, lease_seconds=0.2, **brief_calls()))
    [work] = listed(store, ["a"])
    slow = taken(store, work)
    until(lambda: store.lease(work))

    assert not store.finish(slow, FAILED)
    assert not store.retry(slow, delay=0, charge=True, outcome=FAILED)
    assert store.finish(slow, DELIVERED)
    assert status_of(store, work.job_id) is JobStatus.SUCCEEDED


def test_a_terminal_state_never_changes(store: JobStore) -> None:
    [work] = listed(store, ["a"])
    lease = taken(store, work)
    store.finish(lease, DELIVERED)
    before = store.read(work.job_id)

    assert not store.finish(lease, FAILED)
    assert not store.finish(lease, DELIVERED)
    assert not store.retry(lease, delay=0, charge=True, outcome=FAILED)
    assert store.lease(work) is None
    assert store.read(work.job_id) == before


def test_work_given_back_is_not_leased_before_its_time(store: JobStore) -> None:
    [work] = listed(store, ["a"])

    assert store.retry(taken(store, work), delay=60, charge=True, outcome=FAILED)

    assert store.lease(work) is None
    job = store.read(work.job_id)
    assert job
    assert job.shadow_counts["pending"] == 1
    assert job.shadows[0].outcome.error == FAILED.error


def test_a_throttled_attempt_is_counted_but_not_charged(store: JobStore) -> None:
    [work] = listed(store, ["a"])

    store.retry(taken(store, work), delay=0, charge=False, outcome=FAILED)

    again = taken(store, work)
    assert (again.attempts, again.charged) == (2, 1)


def test_what_nobody_took_becomes_overdue_once_per_grace(store: JobStore) -> None:
    [work] = listed(store, ["a"])

    overdue = until(lambda: store.wake(Lane.INTERACTIVE))

    assert overdue == [work]
    assert store.wake(Lane.INTERACTIVE) == []


def test_a_full_queue_is_not_filled_further(redis: "Redis", redis_url: str) -> None:
    store = JobStore(redis, quick_settings(redis_url, window=3))
    works = listed(store, ["a", "b", "c"])
    redis.rpush(queue_key(Lane.INTERACTIVE), "message", "message")

    overdue = until(lambda: store.wake(Lane.INTERACTIVE))

    assert len(overdue) == 1
    assert overdue[0] in works


def test_nothing_stays_due_when_a_job_has_ended(store: JobStore, redis: "Redis") -> None:
    for work in listed(store, ["a", "b"]):
        store.finish(taken(store, work), DELIVERED)

    assert redis.zcard("shadow-sync:due:interactive") == 0


def test_due_work_of_a_job_that_is_gone_is_forgotten(store: JobStore, redis: "Redis") -> None:
    redis.zadd("shadow-sync:due:interactive", {"0" * 32 + "/thing/shadow": 0})

    assert store.lease(Work("0" * 32, "thing", "shadow")) is None

    assert redis.zcard("shadow-sync:due:interactive") == 0


def test_a_finished_job_expires_and_an_open_one_does_not(redis: "Redis", redis_url: str) -> None:
    store = JobStore(redis, quick_settings(redis_url, retention_seconds=1))
    [work] = listed(store, ["a"])
    assert all(redis.ttl(key) == -1 for key in redis.scan_iter("shadow-sync:job:*"))

    store.finish(taken(store, work), DELIVERED)

    assert store.read(work.job_id)
    until(lambda: store.read(work.job_id) is None, what="the job expires")
    assert set(redis.scan_iter("shadow-sync:*")) == {"shadow-sync:jobs", "shadow-sync:counters"}


def test_the_same_idempotency_key_gives_the_first_job_again(store: JobStore) -> None:
    first, created = store.create(one_thing("thing", ADMIN), idempotency=("key", "fingerprint"))
    again, created_again = store.create(one_thing("thing", ADMIN), idempotency=("key", "fingerprint"))

    assert (first, created, created_again) == (again, True, False)
    with pytest.raises(IdempotencyConflictError):
        store.create(one_thing("other", ADMIN), idempotency=("key", "another fingerprint"))


def test_a_job_with_an_idempotency_key_is_kept_as_long_as_the_key(redis: "Redis", redis_url: str) -> None:
    store = JobStore(redis, quick_settings(redis_url, retention_seconds=1))
    job_id, _ = store.create(one_thing("thing", ADMIN), idempotency=("key", "fingerprint"))
    store.end_listing(taken(store, Work(job_id, "thing")), error="AccessDeniedException: no")

    assert redis.ttl(f"shadow-sync:job:{job_id}") > 86_000


def brief_calls() -> dict[str, float]:
    """Time-outs that a very short lease still outlives."""
    return {"aws_connect_timeout_seconds": 0.01, "iot_timeout_seconds": 0.01, "lambda_timeout_seconds": 0.01}


def test_a_job_that_a_frozen_server_accepts_too_late_is_not_accepted(own_valkey: Valkey) -> None:
    settings = quick_settings(own_valkey.url, redis_timeout_seconds=0.3)
    redis = connect(settings, connections=2)
    store = JobStore(redis, settings)
    store.create(one_thing("warm", ADMIN))

    with own_valkey.frozen(), pytest.raises(RedisError):
        store.create(one_thing("lock", ADMIN))

    until(lambda: redis.ping())
    assert not list(redis.scan_iter("shadow-sync:job:*:thing:lock"))
    redis.connection_pool.disconnect()


def test_who_asks_again_with_the_same_job_id_gets_the_same_job(store: JobStore) -> None:
    job_id, _ = store.create(one_thing("thing", ADMIN), job_id="1" * 32)
    taken(store, Work(job_id, "thing"))

    again = store.create(one_thing("thing", ADMIN), job_id=job_id, idempotency=("key", "fingerprint"))

    assert again == (job_id, True)
    assert status_of(store, job_id) is JobStatus.RUNNING


def test_a_job_that_arrives_after_its_time_leaves_nothing_behind(redis: "Redis", settings: Settings) -> None:
    store = JobStore(redis, settings.model_copy(update={"redis_timeout_seconds": -1.0}))

    with pytest.raises(RedisError):
        store.create(one_thing("lock", ADMIN), idempotency=("key", "fingerprint"))

    assert list(redis.scan_iter("shadow-sync:*")) == []
