"""Real workers and beat, started as the Procfile starts them: a job ends, whatever dies on the way."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis, RedisError

from sandbox import RunningSandbox
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.conftest import ADMIN, quick_settings
from tests.worker.processes import Process, started
from worker.broker import INTERACTIVE_QUEUE_KEY, WakeUps, make_celery
from worker.connection import connect
from worker.job import Job, JobStatus, Work
from worker.jobs import JobStore

WORKER = ["celery", "-A", "worker.app", "worker", "--without-gossip", "--without-mingle"]
BEAT = ["celery", "-A", "worker.app", "beat"]


class Site:
    """Valkey, the sandbox, and whatever processes the test starts on them."""

    def __init__(self, valkey: Valkey, sandbox: RunningSandbox, folder: Path, exits: ExitStack) -> None:
        self.valkey, self.sandbox, self._folder, self._exits = valkey, sandbox, folder, exits
        settings = quick_settings(valkey.url)
        self.redis = connect(settings, connections=4)
        self.store = JobStore(self.redis, settings)
        self.wake_ups = WakeUps(make_celery(settings))
        times = settings.model_dump(include={name for name in type(settings).model_fields if name.endswith("seconds")})
        self._environment = {
            **sandbox.environment(),
            **{f"SHADOW_SYNC_{name.upper()}": str(value) for name, value in times.items()},
            "SHADOW_SYNC_REDIS_URL": valkey.url,
            "SHADOW_SYNC_WORKER_THREADS": "4",
            "SHADOW_SYNC_LOG_LEVEL": "DEBUG",
        }

    def start(self, command: list[str], **environment: str) -> Process:
        log = self._folder / f"{command[3]}-{len(list(self._folder.iterdir()))}.log"
        return self._exits.enter_context(started(command, {**self._environment, **environment}, log))

    def ask(self, thing_name: str, *, wake: bool = True) -> str:
        job_id, _ = self.store.create(thing_name, ADMIN)
        if wake:
            self.wake_ups.send([Work(job_id, thing_name)])
        return job_id

    def in_flight(self) -> bool:
        return self.sandbox.counters().get("Invoke", {}).get("calls", 0) >= 2

    def ended(self, job_id: str, seconds: float = 30) -> Job:
        def job() -> Job | None:
            try:
                job = self.store.read(job_id)
            except RedisError:
                return None
            return job if job and job.status.ended else None

        return until(job, seconds=seconds, what="the job ends")


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
    assert site.redis.zcard("shadow-sync:due") == 0


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
    leaving = site.start(WORKER)
    job_id = site.ask("lock")
    until(site.in_flight, what="shadows are in flight")

    assert leaving.terminate() == 0

    job = site.store.read(job_id)
    assert job
    assert job.shadow_counts["running"] == 0
    site.start(BEAT)
    site.start(WORKER)
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

    until(lambda: beat.printed().count("woken again") >= 1, what="beat reconciles")

    with Redis.from_url(site.valkey.url, socket_timeout=5) as client:
        assert client.llen(INTERACTIVE_QUEUE_KEY) == 1
