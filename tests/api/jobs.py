"""Drives jobs as workers would, without workers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis import Redis

from worker.connection import connect
from worker.job import Lease, Outcome, ShadowStatus, Work
from worker.jobs import JobStore
from worker.settings import Settings

DELIVERED = Outcome(status=ShadowStatus.DELIVERED, version=7, lambda_status_code=200, lambda_request_id="lambda-1")
FAILED = Outcome(status=ShadowStatus.FAILED, error="ResourceNotFoundException: no shadow")
SKIPPED = Outcome(status=ShadowStatus.SKIPPED, version=2)
NO_SHADOWS = "The Thing has no named shadows."


@dataclass(frozen=True)
class Jobs:
    store: JobStore
    redis: "Redis"

    @classmethod
    @contextmanager
    def at(cls, redis_url: str) -> Iterator["Jobs"]:
        settings = Settings(redis_url=redis_url)
        redis = connect(settings, connections=4)
        try:
            yield cls(JobStore(redis, settings), redis)
        finally:
            redis.close()
            redis.connection_pool.disconnect()

    def list_shadows(self, job: Mapping[str, Any], names: list[str]) -> None:
        lease = self._lease(Work(job["jobId"], job["thingName"]))
        if names:
            assert self.store.add_shadows(lease, names) is not None
        assert self.store.end_listing(lease, error_if_empty=NO_SHADOWS)

    def end(self, job: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> None:
        """List the Thing's shadows and end each as said."""
        self.list_shadows(job, list(outcomes))
        for name, outcome in outcomes.items():
            assert self.store.finish(self._lease(Work(job["jobId"], job["thingName"], name)), outcome)

    def ids(self) -> list[str]:
        """Of all jobs there are."""
        return [key.rsplit(":", 1)[1] for key in self.redis.scan_iter("*:job:*") if key.count(":") == 2]

    def _lease(self, work: Work) -> Lease:
        lease = self.store.lease(work)
        assert lease is not None
        return lease
