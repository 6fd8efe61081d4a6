"""Whatever order workers, admins and the feeder take, the counts of a job of many Things equal its results, no Thing is
lost or done twice, and a job that has not ended has something that is due, put aside or waiting.
"""

from collections import Counter
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis import Redis

from tests.worker.conftest import ADMIN, quick_settings
from worker.job import JobStatus, Lease, Outcome, ShadowStatus, ThingStatus, Work
from worker.job_ends import ForbiddenByStateError
from worker.job_request import JobOptions, Lane, NewJob, Selection, SelectionKind, Tolerance
from worker.jobs import JobStore, new_job_id
from worker.results import Results

NAMES = [f"thing-{number}" for number in range(6)]
ENDS = [ShadowStatus.DELIVERED, ShadowStatus.SKIPPED, ShadowStatus.FAILED]
# Of what there is at that moment: time goes by, so that it need not be the same when an example is tried again.
which = st.integers(0, 999)
STEERING = ["cancel", "pause", "resume", "confirm"]


class Admins(RuleBasedStateMachine):
    store: JobStore
    redis: "Redis"

    def __init__(self) -> None:
        super().__init__()
        self.job_id = new_job_id()
        self.store.stage(self.job_id, NAMES)
        options = JobOptions(tolerance=Tolerance(50, 4))
        job = NewJob(selection=Selection(SelectionKind.THINGS, "6"), requester=ADMIN, options=options, confirm_above=5)
        self.store.create(job, job_id=self.job_id)
        self.woken: list[Work] = []
        self.leases: list[Lease] = []

    @rule()
    def wake(self) -> None:
        self.woken += [work for work in self.store.wake(Lane.BULK) if work.job_id == self.job_id]

    @rule(which=which)
    def take(self, which: int) -> None:
        if self.woken:
            lease = self.store.lease(self.woken[which % len(self.woken)])
            self.leases.extend([lease] if lease else [])

    @rule(which=which, names=st.lists(st.sampled_from("abc"), max_size=3), error=st.sampled_from(["", "E: no"]))
    def list_shadows(self, which: int, names: list[str], error: str) -> None:
        leases = [lease for lease in self.leases if lease.work.shadow_name is None and lease.work.thing_name]
        if leases:
            lease = leases[which % len(leases)]
            self.woken += self.store.add_shadows(lease, names) or []
            self.store.end_listing(lease, error=error, error_if_empty="none")

    @rule(which=which, status=st.sampled_from(ENDS), again=st.booleans())
    def end(self, which: int, status: ShadowStatus, again: bool) -> None:
        leases = [lease for lease in self.leases if lease.work.shadow_name]
        if leases:
            lease, outcome = leases[which % len(leases)], Outcome(status=status, error="F: no")
            if again:
                self.store.retry(lease, delay=0, charge=True, outcome=outcome)
            else:
                self.store.finish(lease, outcome)

    @rule(how=st.sampled_from([*STEERING, "confirm", "resume"]))
    def steer(self, how: str) -> None:
        if how != "cancel" or len(self.leases) > 5:
            with suppress(ForbiddenByStateError):
                getattr(self.store, how)(self.job_id)

    @invariant()
    def holds(self) -> None:
        job = self.store.read(self.job_id)
        assert job
        assert sum(job.things[status] for status in ThingStatus) == job.things["total"] == len(NAMES)
        assert sum(job.shadow_counts[status] for status in ShadowStatus) == job.shadow_counts["total"]
        assert min(*job.things.values(), *job.shadow_counts.values()) >= 0

        prefix = f"shadow-sync:job:{self.job_id}"
        due = {str(one) for one in self.redis.zrange("shadow-sync:due:bulk", 0, -1) if self.job_id in str(one)}
        parked, waiting = self.redis.smembers(f"{prefix}:parked"), self.redis.smembers(f"{prefix}:waiting")
        open_things = {str(name) for name in self.redis.smembers(f"{prefix}:open")}
        ended = self.redis.lrange(f"{prefix}:results", 0, -1)
        assert len(open_things) + len(waiting) == job.things["pending"] + job.things["running"]
        told = list(Results(self.redis).stream(self.job_id))
        if job.status.ended:
            assert not (due | parked | waiting | open_things)
            shadows = Counter(row.status for row in told if row.shadow)
            assert shadows == Counter({status: n for status in ShadowStatus if (n := job.shadow_counts[status])})
        else:
            assert due | parked | waiting
        assert len({row.thing_name for row in told}) <= len(ended) <= len(NAMES)
        if job.status is JobStatus.PAUSED:
            assert self.redis.lrange("shadow-sync:feeding:bulk", 0, -1).count(self.job_id) == 0


def test_nothing_is_lost_or_counted_twice(redis: "Redis", redis_url: str) -> None:
    class AdminsOfThisStore(Admins):
        store = JobStore(redis, quick_settings(redis_url, grace_seconds=0.001, window=12))

    AdminsOfThisStore.redis = redis
    quick = settings(
        max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(AdminsOfThisStore, settings=quick)
