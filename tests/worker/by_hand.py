"""A worker without Celery."""

from typing import Any

from tests.waiting import until
from worker.job import Job
from worker.job_request import JobOptions, Requester, one_thing
from worker.jobs import JobStore
from worker.sync import Sync

ADMIN = Requester(email="admin@smartphonekey.com", api_key="ops")


class Worker:
    """Does by hand what Celery does: runs what was woken, and again what is overdue, until the job ends."""

    def __init__(self, sync: Sync, store: JobStore) -> None:
        self._sync, self._store = sync, store

    @staticmethod
    def start_in(store: JobStore, thing_name: str, **options: Any) -> str:
        job_id, _ = store.create(one_thing(thing_name, ADMIN, JobOptions(**options)))
        return job_id

    def start(self, thing_name: str, **options: Any) -> str:
        return self.start_in(self._store, thing_name, **options)

    def job(self, job_id: str) -> Job:
        job = self._store.read(job_id)
        assert job
        return job

    def turn(self, job_id: str) -> Job:
        """Run everything once; what is held or has ended takes no harm."""
        thing_name = self.job(job_id).thing_name or ""
        self._sync.sync_thing(job_id, thing_name)
        for shadow in self.job(job_id).shadows:
            self._sync.sync_shadow(job_id, thing_name, shadow.name)
        return self.job(job_id)

    def finish(self, job_id: str) -> Job:
        def ended() -> Job | None:
            job = self.turn(job_id)
            return job if job.status.ended else None

        return until(ended, what="the job ends")

    def sync(self, thing_name: str, **options: Any) -> Job:
        return self.finish(self.start(thing_name, **options))
