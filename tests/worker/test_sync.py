"""The sync in plain functions, on the real store and the sandbox: what a job says after all that can happen."""

import json

import pytest
from redis import Redis

from sandbox import Fault, RunningSandbox
from tests.waiting import until
from tests.worker.by_hand import Worker
from tests.worker.conftest import ADMIN, quick_settings
from tests.worker.fakes import make_sync, sync_of
from worker.aws import Aws
from worker.job import Job, JobStatus, Shadow, ShadowStatus
from worker.job_request import one_thing
from worker.jobs import JobStore
from worker.settings import Settings
from worker.sync import Sync
from worker.wake_ups import WakeUps


@pytest.fixture
def worker(sync: Sync, store: JobStore) -> Worker:
    return Worker(sync, store)


def only_shadow(job: Job) -> Shadow:
    [shadow] = job.shadows
    return shadow


def test_every_named_shadow_arrives_at_the_lambda_as_the_rule_would_have_sent_it(
    worker: Worker, sandbox: RunningSandbox
) -> None:
    sandbox.seed("lock", "config", {"1/257/0": 1}, {"1/257/0": 2})
    sandbox.seed("lock", "$state", {"available": True})
    sandbox.seed("lock", None, {"classic": True})

    job = worker.sync("lock")

    assert job.status is JobStatus.SUCCEEDED
    received = {row["shadowName"]: json.loads(row["payload"]) for row in sandbox.invocations()}
    assert set(received) == {"config", "$state"}
    assert received["config"]["reported"] == {"1/257/0": 1}
    assert received["config"]["desired"] == {"1/257/0": 2}
    assert received["config"]["version"] == job.shadows[1].outcome.version == 1
    assert {row["requestId"] for row in sandbox.invocations()} == {s.outcome.lambda_request_id for s in job.shadows}


def test_a_thing_with_more_shadows_than_a_page_is_synced_whole(worker: Worker, sandbox: RunningSandbox) -> None:
    for number in range(130):
        sandbox.seed("bridge", f"shadow-{number}", {"n": number})

    job = worker.sync("bridge")

    assert (job.status, job.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, 130)
    assert len({row["shadowName"] for row in sandbox.invocations()}) == len(sandbox.invocations()) == 130


def test_a_thing_without_named_shadows_fails_and_says_so(worker: Worker) -> None:
    job = worker.sync("nobody")

    assert (job.status, job.empty) == (JobStatus.FAILED, True)
    assert job.errors == ("The Thing nobody has no named shadows.",)


@pytest.mark.parametrize("call", ["ListNamedShadowsForThing", "GetThingShadow", "Invoke"])
@pytest.mark.parametrize("fault", ["error", "unavailable", "reset"])
def test_a_call_that_fails_once_is_made_again(worker: Worker, sandbox: RunningSandbox, call: str, fault: str) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.fail_next(call, Fault(fault))

    job = worker.sync("lock")

    assert job.status is JobStatus.SUCCEEDED
    # Of the shadow; and who reads it on a connection that breaks just then, reads it again on another.
    once = call == "ListNamedShadowsForThing" or (call, fault) == ("GetThingShadow", "reset")
    assert only_shadow(job).attempts == (1 if once else 2)
    assert only_shadow(job).outcome.error is None


def test_a_shadow_that_keeps_failing_is_given_up_after_the_attempts_with_its_last_error(
    worker: Worker, sandbox: RunningSandbox, settings: Settings
) -> None:
    sandbox.seed("lock", "broken", {"a": 1})
    sandbox.seed("lock", "sound", {"a": 1})
    sandbox.turn(function_error_for=["broken"])

    job = worker.sync("lock")

    broken, sound = job.shadows
    assert (job.status, job.success) == (JobStatus.PARTIAL, False)
    assert sound.outcome.status is ShadowStatus.DELIVERED
    assert (broken.outcome.status, broken.attempts) == (ShadowStatus.FAILED, settings.max_attempts)
    assert broken.outcome.error
    assert broken.outcome.error.startswith("FunctionError: the Lambda raised")
    assert (broken.outcome.lambda_status_code, broken.outcome.version) == (200, None)
    assert broken.outcome.lambda_request_id


def test_throttling_does_not_use_up_the_attempts(worker: Worker, sandbox: RunningSandbox, settings: Settings) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    throttles = settings.max_attempts + 2
    sandbox.fail_next("GetThingShadow", Fault.THROTTLE, times=throttles)

    job = worker.sync("lock")

    assert job.status is JobStatus.SUCCEEDED
    assert only_shadow(job).attempts == throttles + 1


def test_throttling_that_never_ends_is_given_up_in_time(
    aws: Aws, store: JobStore, sandbox: RunningSandbox, redis_url: str
) -> None:
    settings = quick_settings(redis_url, give_up_seconds=0.3)
    worker = Worker(make_sync(settings, store, aws), store)
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.turn(iot_throttle_above=0)

    job = worker.sync("lock")

    assert job.status is JobStatus.FAILED
    assert job.errors[0].startswith("ThrottlingException")


def test_a_listing_that_is_denied_fails_the_job_with_the_reason(worker: Worker, sandbox: RunningSandbox) -> None:
    sandbox.fail_next("ListNamedShadowsForThing", Fault.DENIED)

    job = worker.sync("lock")

    assert (job.status, job.empty) == (JobStatus.FAILED, False)
    assert len(job.errors) == 1


def test_a_thing_deleted_between_list_and_get_fails_that_shadow_at_once(
    worker: Worker, sandbox: RunningSandbox
) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.vanish("lock", "config")

    job = worker.sync("lock")

    assert only_shadow(job).attempts == 1
    assert only_shadow(job).outcome.error == "ResourceNotFoundException: No shadow exists with name: 'config'"


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"", "DocumentError: the shadow document is empty"),
        (b"<html>4711</html>", "DocumentError: the shadow document is not JSON"),
        (b"[" * 50_000, "DocumentError: the shadow document is nested too deeply"),
    ],
    ids=["empty", "not JSON", "deeply nested"],
)
def test_a_document_that_cannot_be_used_fails_that_shadow_at_once(
    worker: Worker, sandbox: RunningSandbox, document: bytes, error: str
) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.put_raw("lock", "config", document)

    job = worker.sync("lock")

    assert (only_shadow(job).outcome.error, only_shadow(job).attempts) == (error, 1)


def test_a_document_of_30_kilobytes_is_delivered(worker: Worker, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    document = json.dumps({"state": {"reported": {"a": "x" * 30_000}}, "version": 9}).encode()
    sandbox.put_raw("lock", "config", document)

    assert only_shadow(worker.sync("lock")).outcome.version == 9


def test_a_lambda_that_does_not_exist_fails_the_shadow(worker: Worker, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.turn(functions=["another"])

    assert (
        only_shadow(worker.sync("lock")).outcome.error
        == "ResourceNotFoundException: Lambda shadow_to_eventbridge answered 404"
    )


def test_a_lambda_slower_than_its_time_out_fails_the_shadow(worker: Worker, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.turn(lambda_latency_ms=3_000)

    assert (
        only_shadow(worker.sync("lock")).outcome.error
        == "ReadTimeoutError: no answer from Lambda shadow_to_eventbridge"
    )


def test_a_shadow_whose_every_worker_dies_is_given_up(redis: "Redis", redis_url: str) -> None:
    brief = {"aws_connect_timeout_seconds": 0.01, "iot_timeout_seconds": 0.01, "lambda_timeout_seconds": 0.01}
    settings = quick_settings(redis_url, lease_seconds=0.1, **brief)
    store = JobStore(redis, settings)

    class DiedError(BaseException):
        """Passes every handler, as a SIGKILL would."""

    def dies() -> Aws:
        raise DiedError

    job_id, _ = store.create(one_thing("lock", ADMIN))
    sync = sync_of(settings, store, WakeUps(redis), dies)
    for _ in range(settings.max_attempts):
        until(lambda: attempt_dies(sync, job_id, DiedError), what="the next attempt")

    def ended() -> Job | None:
        sync.sync_thing(job_id, "lock")
        job = store.read(job_id)
        return job if job and job.status.ended else None

    assert until(ended).errors == ("WorkerLostError: no worker came back from 3 attempts",)


def attempt_dies(sync: Sync, job_id: str, died: type[BaseException]) -> bool:
    """Whether the attempt began; while the lease of the one before holds, it does not."""
    try:
        sync.sync_thing(job_id, "lock")
    except died:
        return True
    return False


def test_no_content_of_a_shadow_is_kept_in_the_store(worker: Worker, sandbox: RunningSandbox, redis_url: str) -> None:
    sandbox.seed("lock", "config", {"lastCommand": {"pin": "canary-4711"}}, {"pin": "canary-4711"})
    sandbox.seed("lock", "broken", {"pin": "canary-4711"})
    sandbox.put_raw("lock", "broken", b"canary-4711")
    sandbox.turn(function_error_for=["config"])

    worker.sync("lock")

    with Redis.from_url(redis_url) as client:
        # Values as they are read: a dump would be compressed.
        read = {b"hash": client.hgetall, b"list": lambda key: client.lrange(key, 0, -1), b"string": client.get}
        kept = [read.get(client.type(key), client.dump)(key) for key in client.scan_iter("*")]
    assert any("FunctionError" in str(value) for value in kept)
    assert not any("canary" in str(value) for value in kept)
