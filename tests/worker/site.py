"""Valkey and the sandbox, with real workers and beat on them, started as the Procfile starts them."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from redis import RedisError

from sandbox import RunningSandbox
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.conftest import ADMIN, quick_settings
from tests.worker.processes import Process, started
from worker.connection import connect
from worker.job import Job, Work
from worker.job_request import NO_OPTIONS, JobOptions, Lane, NewJob, Selection, SelectionKind, one_thing
from worker.jobs import JobStore
from worker.wake_ups import WakeUps

WORKER = ["celery", "-A", "worker.app", "worker", "--without-gossip", "--without-mingle"]
BULK = [*WORKER, "-Q", "bulk"]
BEAT = ["celery", "-A", "worker.app", "beat"]
# Where it is counted how often something was sent: a worker that a busy machine holds up is neither dead nor too slow.
PATIENT = {
    "SHADOW_SYNC_IOT_TIMEOUT_SECONDS": "10",
    "SHADOW_SYNC_LAMBDA_TIMEOUT_SECONDS": "10",
    "SHADOW_SYNC_LEASE_SECONDS": "60",
}


class Site:
    """Valkey, the sandbox, and whatever processes the test starts on them."""

    def __init__(self, valkey: Valkey, sandbox: RunningSandbox, folder: Path, exits: ExitStack) -> None:
        self.valkey, self.sandbox, self._folder, self._exits = valkey, sandbox, folder, exits
        settings = quick_settings(valkey.url)
        self.redis = connect(settings, connections=4)
        self.store = JobStore(self.redis, settings)
        self.wake_ups = WakeUps(self.redis)
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

    def ask(self, thing_name: str, options: JobOptions = NO_OPTIONS, *, wake: bool = True) -> str:
        job_id, _ = self.store.create(one_thing(thing_name, ADMIN, options))
        if wake:
            self.wake_ups.send([Work(job_id, thing_name)], Lane.INTERACTIVE)
        return job_id

    def ask_for_all(self, **parts: Any) -> str:
        job = NewJob(selection=Selection(SelectionKind.ALL), requester=ADMIN, **parts)
        job_id, _ = self.store.create(job)
        self.wake_ups.send([Work(job_id)], Lane.BULK)
        return job_id

    def in_flight(self) -> bool:
        return self.sandbox.counters().get("Invoke", {}).get("calls", 0) >= 2

    def ended(self, job_id: str, seconds: float = 60) -> Job:
        def job() -> Job | None:
            try:
                job = self.store.read(job_id)
            except RedisError:
                return None
            return job if job and job.status.ended else None

        return until(job, seconds=seconds, what="the job ends")
