"""When work that failed is tried again, and what that costs."""

import pytest
from redis import Redis

from sandbox import Fault, RunningSandbox
from tests.worker.by_hand import Worker
from tests.worker.conftest import quick_settings
from tests.worker.fakes import FakeAws, Hasty, make_sync
from tests.worker.test_sync import only_shadow
from worker.aws import Aws
from worker.failures import RetryableError
from worker.job import JobStatus, Work
from worker.job_request import Lane
from worker.jobs import JobStore
from worker.settings import Settings


def test_the_back_off_doubles_up_to_its_cap_and_is_drawn_at_random(redis: "Redis", redis_url: str) -> None:
    settings = quick_settings(redis_url, max_attempts=7, backoff_seconds=1.0, backoff_cap_seconds=8.0)
    store = Hasty(redis, settings)
    aws = FakeAws("named_shadows", RetryableError("InternalFailureException: no"))

    Worker(make_sync(settings, store, aws), store).sync("lock")

    ceilings = [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert len(store.delays) == len(ceilings)
    assert all(top / 2 <= delay <= top for delay, top in zip(store.delays, ceilings, strict=True))
    assert len(set(store.delays[3:])) == 3


@pytest.mark.parametrize(("retry_after", "least", "most"), [(7.0, 7.0, 7.0), (0.1, 0.5, 1.0)], ids=["more", "less"])
def test_a_retry_after_can_lengthen_the_back_off_but_not_shorten_it(
    redis: "Redis", redis_url: str, retry_after: float, least: float, most: float
) -> None:
    settings = quick_settings(redis_url, max_attempts=2, backoff_seconds=1.0)
    store = Hasty(redis, settings)
    aws = FakeAws("named_shadows", RetryableError("SlowDown: no", retry_after=retry_after))

    Worker(make_sync(settings, store, aws), store).sync("lock")

    [delay] = store.delays
    assert least <= delay <= most


@pytest.mark.parametrize("method", ["named_shadows", "shadow"])
def test_nobody_takes_the_work_again_before_the_back_off_ends(redis: "Redis", redis_url: str, method: str) -> None:
    settings = quick_settings(redis_url, backoff_seconds=60.0, backoff_cap_seconds=60.0, grace_seconds=0.01)
    store = JobStore(redis, settings)
    aws = FakeAws(method, RetryableError("InternalFailureException: no"))
    worker = Worker(make_sync(settings, store, aws), store)
    job_id = worker.start("lock")

    for _ in range(3):
        worker.turn(job_id)

    assert aws.times(method) == 1
    assert store.lease(Work(job_id, "lock", "config" if method == "shadow" else None)) is None
    assert store.wake(Lane.INTERACTIVE) == []


def test_a_throttled_lambda_does_not_use_up_the_attempts(
    aws: Aws, redis: "Redis", sandbox: RunningSandbox, settings: Settings
) -> None:
    store = Hasty(redis, settings)
    sandbox.seed("lock", "config", {"a": 1})
    throttles = settings.max_attempts + 2
    sandbox.fail_next("Invoke", Fault.THROTTLE, times=throttles)

    job = Worker(make_sync(settings, store, aws), store).sync("lock")

    assert job.status is JobStatus.SUCCEEDED
    assert only_shadow(job).attempts == throttles + 1
    assert len(sandbox.invocations()) == 1
