"""What a job says after a bug of ours, a lost lease, or without credentials."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis
from structlog.testing import capture_logs

from sandbox import RunningSandbox
from tests.waiting import until
from tests.worker.by_hand import Worker
from tests.worker.conftest import ADMIN, quick_settings
from tests.worker.fakes import FakeAws, make_sync
from tests.worker.test_sync import only_shadow
from worker.aws import Aws
from worker.failures import RetryableError
from worker.job import JobStatus, Lease, ShadowStatus, Work
from worker.job_request import one_thing
from worker.jobs import JobStore
from worker.settings import Settings

PIN = "4711"
INTERNAL_ERROR = "InternalError: KeyError; see the worker's log"


@pytest.mark.parametrize("method", ["named_shadows", "shadow", "invoke"])
def test_a_bug_ends_the_job_after_the_attempts_and_its_message_is_told_nowhere(
    store: JobStore, settings: Settings, method: str
) -> None:
    aws = FakeAws(method, KeyError(PIN))

    with capture_logs() as lines:
        job = Worker(make_sync(settings, store, aws), store).sync("lock")

    assert job.status is JobStatus.FAILED
    assert aws.times(method) == settings.max_attempts
    if method == "named_shadows":
        assert job.errors == (INTERNAL_ERROR,)
    else:
        assert (only_shadow(job).outcome.status, only_shadow(job).outcome.error) == (
            ShadowStatus.FAILED,
            INTERNAL_ERROR,
        )
    bugs = [line for line in lines if line["event"] == "bug"]
    assert [line["error"] for line in bugs] == ["KeyError"] * settings.max_attempts
    assert all(f"in {method}" in "".join(line["frames"]) for line in bugs)
    assert PIN not in str(lines)
    assert not any("exc_info" in line for line in lines)


class LosesItsLease(FakeAws):
    """A lister so slow after its first page that *taken_over* comes before what follows."""

    def __init__(self, taken_over: Callable[[], Any], follows: list[str] | Exception | None) -> None:
        super().__init__("", Exception())
        self._taken_over, self._follows = taken_over, follows

    def named_shadows(self, thing_name: str, *_: object) -> Iterator[list[str]]:
        self._called("named_shadows", thing_name)
        yield ["config"]
        self._taken_over()
        if isinstance(self._follows, Exception):
            raise self._follows
        if self._follows:
            yield self._follows
            self._called("asked for more")


@pytest.mark.parametrize(
    "follows",
    [["late"], None, RetryableError("InternalFailureException: no"), KeyError(PIN)],
    ids=["another page", "the end", "a failure", "a bug"],
)
def test_a_lister_that_was_taken_over_changes_nothing_any_more(
    redis: "Redis", redis_url: str, follows: list[str] | Exception | None
) -> None:
    brief = {"aws_connect_timeout_seconds": 0.01, "iot_timeout_seconds": 0.01, "lambda_timeout_seconds": 0.01}
    settings = quick_settings(redis_url, lease_seconds=0.1, **brief)
    store = JobStore(redis, settings)
    job_id, _ = store.create(one_thing("lock", ADMIN))
    taken_over: list[Lease] = []

    def take_over() -> None:
        taken_over.append(until(lambda: store.lease(Work(job_id, "lock")), what="the lease ends"))

    aws = LosesItsLease(take_over, follows)
    with capture_logs() as lines:
        make_sync(settings, store, aws).sync_thing(job_id, "lock")

    job = store.read(job_id)
    assert job
    assert [shadow.name for shadow in job.shadows] == ["config"]
    assert (job.status, job.errors, job.things["running"]) == (JobStatus.RUNNING, (), 1)
    assert aws.times("asked for more") == 0
    assert isinstance(follows, Exception) or lines == []
    [holder] = taken_over
    assert store.add_shadows(holder, ["$lock"]) == [Work(job_id, "lock", "$lock")]
    assert store.end_listing(holder)


def test_a_job_without_credentials_fails_at_once_and_says_what_to_do(
    aws_environment: RunningSandbox,
    store: JobStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    with capture_logs() as lines:
        job = Worker(make_sync(settings, store, Aws(settings)), store).sync("lock")

    assert (job.status, job.empty) == (JobStatus.FAILED, False)
    [error] = job.errors
    assert error == (
        "NoCredentialsError: no AWS credentials for ListNamedShadowsForThing; "
        "give the worker a role, or the AWS_* variables"
    )
    assert [(line["event"], line["attempts"]) for line in lines] == [("given up", 1)]
