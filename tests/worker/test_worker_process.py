"""Real workers and beat, started as the Procfile starts them: a job ends, whatever dies on the way."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from redis import Redis

from sandbox import RunningSandbox
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.site import BEAT, PATIENT, WORKER, Site
from worker.job import JobStatus
from worker.job_request import Lane
from worker.keys import queue_key


@pytest.fixture
def site(own_valkey: Valkey, sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    for number in range(12):
        sandbox.seed("lock", f"shadow-{number}", {"pin": "canary-4711", "n": number})
    with ExitStack() as exits:
        yield Site(own_valkey, sandbox, tmp_path_factory.mktemp("logs"), exits)


def test_a_worker_syncs_a_thing_and_its_log_names_the_job_but_no_content(site: Site) -> None:
    worker = site.start(WORKER)
    site.start(BEAT)
    site.sandbox.turn(function_error_for=["shadow-3"])

    job_id = site.ask("lock")

    assert site.ended(job_id).status is JobStatus.PARTIAL
    assert len({row["shadowName"] for row in site.sandbox.invocations()}) == 12
    assert worker.terminate() == 0
    assert f'"job_id": "{job_id}"' in worker.printed()
    assert '"shadow_name": "shadow-3"' in worker.printed()
    assert "canary" not in worker.printed()


def test_a_job_whose_message_was_lost_is_done_all_the_same(site: Site) -> None:
    site.start(WORKER)
    site.start(BEAT)

    job_id = site.ask("lock", wake=False)

    assert site.ended(job_id).status is JobStatus.SUCCEEDED


def test_a_job_survives_a_worker_killed_in_the_middle_with_nothing_missing(site: Site) -> None:
    site.sandbox.turn(lambda_latency_ms=300)
    doomed = site.start(WORKER)
    job_id = site.ask("lock")
    until(site.in_flight, what="shadows are in flight")

    doomed.kill()
    site.start(BEAT)
    site.start(WORKER)

    job = site.ended(job_id)
    assert (job.status, job.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, 12)
    assert {row["shadowName"] for row in site.sandbox.invocations()} == {shadow.name for shadow in job.shadows}
    assert site.redis.zcard("shadow-sync:due:interactive") == 0


def test_work_goes_on_after_valkey_was_killed_and_came_back_without_a_restart_of_anything_else(site: Site) -> None:
    site.sandbox.turn(lambda_latency_ms=100)
    worker, beat = site.start(WORKER), site.start(BEAT)
    job_id = site.ask("lock")
    until(site.in_flight, what="shadows are in flight")

    site.valkey.kill()
    until(lambda: "Connection to broker lost" in worker.printed(), what="the worker notices")
    site.valkey.start()

    assert site.ended(job_id).status is JobStatus.SUCCEEDED
    assert worker.running
    assert beat.running


def test_a_worker_that_is_terminated_ends_what_it_began_and_leaves_the_rest(site: Site) -> None:
    site.sandbox.turn(lambda_latency_ms=400)
    leaving = site.start(WORKER, **PATIENT)
    job_id = site.ask("lock")
    until(site.in_flight, what="shadows are in flight")

    assert leaving.terminate() == 0

    job = site.store.read(job_id)
    assert job
    assert job.shadow_counts["running"] == 0
    site.start(BEAT, **PATIENT)
    site.start(WORKER, **PATIENT)
    assert site.ended(job_id).status is JobStatus.SUCCEEDED
    assert len(site.sandbox.invocations()) == 12


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"SHADOW_SYNC_REDIS_URL": "http://example"}, "SHADOW_SYNC_REDIS_URL"),
        ({"SHADOW_SYNC_LAMBDA_INVOCATION_TYPE": "DryRun"}, "SHADOW_SYNC_LAMBDA_INVOCATION_TYPE"),
        ({"SHADOW_SYNC_LEASE_SECONDS": "1"}, "SHADOW_SYNC_LEASE_SECONDS"),
        ({"AWS_DEFAULT_REGION": "", "AWS_REGION": "", "AWS_CONFIG_FILE": "/dev/null"}, "AWS_DEFAULT_REGION"),
    ],
)
def test_a_wrong_variable_stops_the_start_with_its_name(site: Site, environment: dict[str, str], variable: str) -> None:
    worker = site.start(WORKER, **environment)

    assert worker.wait() != 0
    assert variable in worker.printed()
    assert "Traceback" not in worker.printed()


def test_beat_alone_does_not_fill_the_broker(site: Site, redis_url: str) -> None:
    beat = site.start(BEAT)
    site.ask("lock", wake=False)

    until(lambda: beat.printed().count("woken") >= 1, what="beat reconciles")

    with Redis.from_url(site.valkey.url, socket_timeout=5) as client:
        assert client.llen(queue_key(Lane.INTERACTIVE)) == 1
