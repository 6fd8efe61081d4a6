"""What a fresh pair of eyes found: jobs that stood still, ended for no reason, or told what was not so."""

import pytest
from redis import Redis

from sandbox import RunningSandbox
from tests.waiting import until
from tests.worker.conftest import quick_settings
from tests.worker.crew import Crew
from worker.aws import Aws
from worker.job import JobStatus, Outcome, ShadowStatus, Work
from worker.job_request import Lane, SelectionKind
from worker.results import ResultFilters

NO_ATTEMPT = Outcome(status=ShadowStatus.FAILED, error="Paced: no place")


def test_a_job_at_its_own_slow_pace_is_not_given_up(
    redis: "Redis", redis_url: str, aws: Aws, sandbox: RunningSandbox
) -> None:
    for number in range(8):
        sandbox.seed("lock", f"shadow-{number}", {"on": True})
    crew = Crew(quick_settings(redis_url, give_up_seconds=0.5), redis, aws)

    job = crew.finish(crew.start_with(["lock"], max_per_second=6))

    assert (job.status, job.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, 8)


def test_somebody_who_waits_for_a_thing_does_not_wait_behind_all_that_a_large_job_has_of_it(
    redis: "Redis", redis_url: str, aws: Aws, sandbox: RunningSandbox
) -> None:
    for number in range(60):
        sandbox.seed("lock", f"shadow-{number}", {"on": True})
    crew = Crew(quick_settings(redis_url, thing_tps=5), redis, aws)
    crew.start_with(["lock"])
    crew.rest()
    crew.rest()

    one = crew.start(SelectionKind.THING, "lock", lane=Lane.INTERACTIVE)

    until(lambda: crew.store.lease(Work(one, "lock")), seconds=3, what="its turn comes")


def test_a_listing_that_starts_again_and_again_ends_with_a_failure(crew: Crew, sandbox: RunningSandbox) -> None:
    for number in range(12):
        sandbox.seed(f"lamp-{number:02}", "config", {"on": True})
    sandbox.turn(iot_control_page_examines=5)
    job_id = crew.start(SelectionKind.ALL)
    crew.queue.works[Lane.BULK].clear()

    def stale() -> bool:
        lease = crew.store.lease(Work(job_id))
        if lease:
            if lease.charged > 3:
                crew.store.end_selection(lease, error="StaleTokenError: again and again")
                return True
            crew.store.add_things(lease, ["lamp-00"], next_page="stale")
            crew.store.add_things(lease, [], next_page="")
            crew.store.retry(lease, delay=0, charge=True, outcome=NO_ATTEMPT)
        return False

    until(stale, what="its attempts run out")


def test_a_small_job_begins_although_a_large_one_has_more_due_than_the_queue_takes(
    redis: "Redis", redis_url: str, aws: Aws, sandbox: RunningSandbox
) -> None:
    for number in range(200):
        sandbox.seed("house", f"room-{number}", {"on": True})
    sandbox.seed("lamp", "config", {"on": True})
    crew = Crew(quick_settings(redis_url, window=10), redis, aws)
    large = crew.start_with(["house"])
    crew.work_until(lambda: crew.job(large).shadow_counts["total"] >= 100)

    small = crew.finish(crew.start_with(["lamp"]))

    assert small.status is JobStatus.SUCCEEDED
    assert crew.job(large).shadow_counts["delivered"] < 150


def test_a_job_cancelled_while_a_listing_backs_off_tells_of_no_failure(crew: Crew, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"on": True})
    sandbox.fail_next("ListNamedShadowsForThing", "throttle", times=99)
    job_id = crew.start_with(["lock"])
    crew.work_until(lambda: crew.job(job_id).things["pending"] == 1 and crew.job(job_id).started_at is not None)

    crew.store.cancel(job_id)

    assert (crew.job(job_id).things["cancelled"], crew.job(job_id).error_classes) == (1, ())
    assert list(crew.results.stream(job_id, ResultFilters(failed=True))) == []


def test_a_retry_that_could_not_be_resolved_can_be_asked_for_again(crew: Crew, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "config", {"on": True})
    sandbox.vanish("lock", "config")
    parent = crew.finish(crew.start_with(["lock"]))
    child = crew.start(SelectionKind.RETRY, parent.job_id)
    lease = crew.store.lease(Work(child))
    assert lease
    crew.store.end_selection(lease, error="E: no")

    assert crew.start(SelectionKind.RETRY, parent.job_id) != child


def test_jobs_that_wait_for_a_confirmation_leave_the_window_to_others(
    redis: "Redis", redis_url: str, aws: Aws, sandbox: RunningSandbox
) -> None:
    names = [f"lamp-{number:02}" for number in range(20)]
    for name in names:
        sandbox.seed(name, "config", {"on": True})
    crew = Crew(quick_settings(redis_url, window=40), redis, aws)
    for _ in range(25):
        crew.start_with(names[:2], confirm_above=1)

    crew.finish(crew.start_with(names))

    assert crew.queue.longest > 3


@pytest.mark.parametrize("twice", [False, True])
def test_names_that_are_sent_twice_are_counted_once(crew: Crew, twice: bool) -> None:
    for _ in range(1 + twice):
        assert crew.store.stage("1" * 32, ["a", "b", "c"]) == 3
    crew.store.unstage("1" * 32)
    assert crew.store.stage("1" * 32, ["a"]) == 1
