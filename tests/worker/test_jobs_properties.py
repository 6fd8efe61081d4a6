"""Whatever order workers take, lose, repeat and end their work in, the counters equal the records, and a job that has
not ended is due.
"""

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from redis import Redis

from tests.worker.conftest import ADMIN
from worker.job import JobStatus, Lease, Outcome, ShadowStatus, Work
from worker.job_ends import ForbiddenByStateError
from worker.job_request import NO_OPTIONS, JobOptions, one_thing
from worker.jobs import JobStore

NAMES = ["a", "b", "$c", "d:e"]
ENDS = [ShadowStatus.DELIVERED, ShadowStatus.SKIPPED, ShadowStatus.FAILED]
OVER = {*ENDS, ShadowStatus.CANCELLED}
names = st.sampled_from(NAMES)


class Workers(RuleBasedStateMachine):
    """Any number of workers, all of them unreliable, on one job."""

    store: JobStore
    redis: "Redis"
    options = NO_OPTIONS

    def __init__(self) -> None:
        super().__init__()
        self.job_id, _ = self.store.create(one_thing("thing", ADMIN, self.options))
        self.thing_leases: list[Lease] = []
        self.leases: list[Lease] = []
        self.ended: dict[str, ShadowStatus] = {}
        self.landed: dict[str, bool] = {}
        self.steps = 0

    @rule()
    def take_thing(self) -> None:
        lease = self.store.lease(Work(self.job_id, "thing"))
        self.thing_leases.extend([lease] if lease else [])

    @rule(page=st.lists(names, max_size=3))
    def add_page(self, page: list[str]) -> None:
        for lease in self.thing_leases[-1:]:
            self.store.add_shadows(lease, page)

    @rule(error=st.sampled_from(["", "AccessDeniedException: no"]))
    def end_listing(self, error: str) -> None:
        for lease in self.thing_leases[-1:]:
            self.store.end_listing(lease, error=error, error_if_empty="none")

    @rule(charge=st.booleans())
    def give_thing_back(self, charge: bool) -> None:
        for lease in self.thing_leases[-1:]:
            self.store.retry(lease, delay=0, charge=charge, outcome=Outcome(status=ShadowStatus.FAILED, error="e"))

    @rule(name=names)
    def take(self, name: str) -> None:
        lease = self.store.lease(Work(self.job_id, "thing", name))
        self.leases.extend([lease] if lease else [])

    @rule(data=st.data(), status=st.sampled_from(ENDS))
    def finish(self, data: st.DataObject, status: ShadowStatus) -> None:
        if self.leases:
            self.store.finish(data.draw(st.sampled_from(self.leases)), Outcome(status=status))

    @rule(data=st.data(), charge=st.booleans())
    def give_back(self, data: st.DataObject, charge: bool) -> None:
        if self.leases:
            outcome = Outcome(status=ShadowStatus.FAILED, error="e")
            self.store.retry(data.draw(st.sampled_from(self.leases)), delay=0, charge=charge, outcome=outcome)

    @rule(landed=st.lists(names, max_size=2), late=st.booleans())
    def land(self, landed: list[str], late: bool) -> None:
        for lease in self.thing_leases[-1:]:
            self.store.land(lease, dict.fromkeys(landed, 9), late="NotLandedError: no" if late else "")

    @precondition(lambda self: self.steps > 12)
    @rule()
    def cancel(self) -> None:
        with suppress(ForbiddenByStateError):
            self.store.cancel(self.job_id)

    @rule()
    def pause(self) -> None:
        with suppress(ForbiddenByStateError):
            self.store.pause(self.job_id)

    @rule()
    def resume(self) -> None:
        with suppress(ForbiddenByStateError):
            self.store.resume(self.job_id)

    @rule()
    def count(self) -> None:
        self.steps += 6

    @invariant()
    def holds(self) -> None:
        job = self.store.read(self.job_id)
        assert job
        statuses = Counter(shadow.outcome.status for shadow in job.shadows)
        assert {status: job.shadow_counts[status] for status in statuses} == statuses
        assert job.shadow_counts["total"] == len(job.shadows) == sum(statuses.values())
        assert sum(count for status, count in job.things.items() if status != "total") == job.things["total"] == 1
        for shadow in job.shadows:
            if shadow.name in self.ended:
                assert shadow.outcome.status is self.ended[shadow.name]
            elif shadow.outcome.status in OVER:
                self.ended[shadow.name] = shadow.outcome.status
            if shadow.landing.landed is not None:
                assert self.landed.setdefault(shadow.name, shadow.landing.landed) is shadow.landing.landed
                assert shadow.outcome.status is ShadowStatus.DELIVERED
        assert job.shadow_counts["landed"] == sum(self.landed.values())
        due = {str(member) for member in self.redis.zrange("shadow-sync:due:interactive", 0, -1)}
        due = {member for member in due if member.startswith(self.job_id)}
        parked = {str(member) for member in self.redis.smembers(f"shadow-sync:job:{self.job_id}:parked")}
        assert not parked or job.status is JobStatus.PAUSED
        due |= parked
        open_ones = {f"{self.job_id}/thing/{one.name}" for one in job.shadows if one.outcome.status not in OVER}
        assert open_ones <= due
        assert bool(due) is not job.status.ended
        if job.status.ended:
            assert not set(statuses) - OVER
            assert job.status is not JobStatus.SUCCEEDED or not statuses[ShadowStatus.FAILED]
            assert job.status is not JobStatus.SUCCEEDED or all(self.landed.values())


@pytest.mark.parametrize("verify", [False, True])
def test_counts_stay_exact_and_what_is_open_stays_due(store: JobStore, redis: "Redis", verify: bool) -> None:
    class WorkersOnThisStore(Workers):
        options = JobOptions(verify=verify)

    WorkersOnThisStore.store, WorkersOnThisStore.redis = store, redis
    quick = settings(
        max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(WorkersOnThisStore, settings=quick)
