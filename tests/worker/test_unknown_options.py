"""What a job asks for and only a later release can do, this one leaves to it: it is neither ignored nor a bug."""

import json

import pytest
from redis import Redis

from sandbox import RunningSandbox
from tests.waiting import until
from tests.worker.conftest import ADMIN, quick_settings
from tests.worker.fakes import make_sync
from worker.aws import Aws
from worker.job import Job, JobStatus
from worker.job_request import JobOptions, one_thing
from worker.jobs import JobStore
from worker.keys import job_key
from worker.settings import Settings
from worker.sync import Sync

LATER = {"rehearse": True, "verify": False, "tolerance": {"failed_percent": 5, "minimum": 20, "per": "thing"}}


@pytest.fixture
def job_id(store: JobStore, redis: "Redis", sandbox: RunningSandbox) -> str:
    sandbox.seed("lock", "config", {"a": 1})
    job_id, _ = store.create(one_thing("lock", ADMIN))
    redis.hset(job_key(job_id), "options", json.dumps(LATER))
    return job_id


def test_it_is_told_what_is_unknown() -> None:
    options = JobOptions.read(json.dumps(LATER))

    assert options.unknown == ("rehearse", "per")
    assert options.tolerance
    assert options.tolerance.failed_percent == 5
    assert JobOptions.read(JobOptions(dry_run=True).write()).unknown == ()


def test_nothing_is_sent_and_a_worker_of_the_later_release_can_do_it(
    sync: Sync, store: JobStore, redis: "Redis", sandbox: RunningSandbox, job_id: str
) -> None:
    sync.sync_thing(job_id, "lock")

    job = store.read(job_id)
    assert job
    assert (job.status.ended, job.shadow_counts["total"], sandbox.invocations()) == (False, 0, [])
    # As the later release would read it.
    redis.hset(job_key(job_id), "options", "")

    def listed() -> bool:
        sync.sync_thing(job_id, "lock")
        return bool((job := store.read(job_id)) and job.shadow_counts["total"])

    until(listed, what="its not-before time has come")


def test_where_there_is_no_later_release_the_job_ends_and_says_why(
    store: JobStore, aws: Aws, redis_url: str, sandbox: RunningSandbox, job_id: str
) -> None:
    impatient: Settings = quick_settings(redis_url, give_up_seconds=0.2)
    sync = make_sync(impatient, store, aws)

    def ended() -> Job | None:
        sync.sync_thing(job_id, "lock")
        return job if (job := store.read(job_id)) and job.status.ended else None

    job = until(ended, what="it is given up")

    assert job.status is JobStatus.FAILED
    assert job.errors == (
        "UnknownOptionError: the job asks for rehearse, per, which this release cannot do; run the later one",
    )
    assert sandbox.invocations() == []
