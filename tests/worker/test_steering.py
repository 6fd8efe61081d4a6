"""Cancelling, pausing, resuming and confirming a job of many Things, at every stage of it."""

import pytest

from sandbox import RunningSandbox
from tests.worker.conftest import quick_settings
from tests.worker.crew import Crew
from worker.aws import Aws
from worker.connection import connect
from worker.job import JobStatus, Outcome, ShadowStatus, Work
from worker.job_ends import ForbiddenByStateError, UnknownJobError
from worker.job_request import SelectionKind

DELIVERED = Outcome(status=ShadowStatus.DELIVERED, version=1, lambda_status_code=200, lambda_request_id="r")
THINGS, SHADOWS = 12, 3


@pytest.fixture(autouse=True)
def fleet(sandbox: RunningSandbox) -> list[str]:
    names = [f"lamp-{one:03}" for one in range(THINGS)]
    for name in names:
        for shadow in range(SHADOWS):
            sandbox.seed(name, f"shadow-{shadow}", {"on": True})
    sandbox.turn(iot_control_page_examines=5)
    return names


def sent(sandbox: RunningSandbox) -> int:
    return len(sandbox.invocations())


def steps(crew: Crew, number: int) -> None:
    for _ in range(number):
        crew.next()


STAGES = {"not begun": 0, "its Things found": 1, "a Thing listed": 3, "some delivered": 12, "many delivered": 30}


@pytest.mark.parametrize("number", STAGES.values(), ids=STAGES)
def test_a_cancelled_job_sends_nothing_further_and_ends(crew: Crew, sandbox: RunningSandbox, number: int) -> None:
    job_id = crew.start(SelectionKind.ALL)
    steps(crew, number)
    before = sent(sandbox)

    crew.store.cancel(job_id)
    crew.store.cancel(job_id)

    job = crew.job(job_id)
    assert (job.status, job.success) == (JobStatus.CANCELLED, False)
    crew.rest()
    assert sent(sandbox) == before == job.shadow_counts["delivered"]
    assert job.things["total"] == job.things["succeeded"] + job.things["cancelled"]
    assert job.shadow_counts["total"] == job.shadow_counts["delivered"] + job.shadow_counts["cancelled"]


@pytest.mark.parametrize("number", STAGES.values(), ids=STAGES)
def test_a_paused_job_sends_nothing_until_it_is_resumed(crew: Crew, sandbox: RunningSandbox, number: int) -> None:
    job_id = crew.start(SelectionKind.ALL)
    steps(crew, number)

    crew.store.pause(job_id)
    crew.store.pause(job_id)
    before = sent(sandbox)
    crew.rest()

    assert (crew.job(job_id).status, sent(sandbox)) == (JobStatus.PAUSED, before)
    crew.store.resume(job_id)
    crew.store.resume(job_id)
    assert crew.job(job_id).status is not JobStatus.PAUSED
    job = crew.finish(job_id)
    assert (job.status, job.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, THINGS * SHADOWS)
    assert sent(sandbox) == THINGS * SHADOWS


def test_a_paused_job_leaves_nothing_due_so_that_the_window_is_free_for_others(crew: Crew, redis_url: str) -> None:
    job_id = crew.start(SelectionKind.ALL)
    steps(crew, 12)

    crew.store.pause(job_id)
    crew.rest()

    with connect(quick_settings(redis_url), connections=1) as redis:
        crew.work_until(lambda: redis.zcard("shadow-sync:due:bulk") == 0, what="nothing is due")


def test_a_cancelled_job_of_which_a_call_is_under_way_ends_with_it(crew: Crew) -> None:
    job_id = crew.start_with(["lamp-000"])
    crew.work_until(lambda: crew.job(job_id).shadow_counts["pending"] == SHADOWS)
    lease = crew.store.lease(Work(job_id, "lamp-000", "shadow-0"))
    assert lease

    crew.store.cancel(job_id)

    assert crew.job(job_id).status is JobStatus.RUNNING
    assert crew.store.finish(lease, DELIVERED)
    job = crew.job(job_id)
    assert (job.status, job.shadow_counts["delivered"], job.shadow_counts["cancelled"]) == (JobStatus.CANCELLED, 1, 2)


def test_a_call_under_way_when_a_job_is_paused_counts_and_its_retry_waits(crew: Crew, sandbox: RunningSandbox) -> None:
    job_id = crew.start_with(["lamp-000"])
    crew.work_until(lambda: crew.job(job_id).shadow_counts["pending"] == SHADOWS)
    good, bad = (crew.store.lease(Work(job_id, "lamp-000", f"shadow-{one}")) for one in range(2))
    assert good
    assert bad

    crew.store.pause(job_id)
    crew.store.finish(good, DELIVERED)
    crew.store.retry(bad, delay=0, charge=True, outcome=Outcome(status=ShadowStatus.FAILED, error="E: e"))
    crew.rest()

    counts = crew.job(job_id).shadow_counts
    assert (counts["delivered"], counts["pending"], sent(sandbox)) == (1, 2, 0)


def test_a_paused_job_can_be_cancelled(crew: Crew) -> None:
    job_id = crew.start(SelectionKind.ALL)
    steps(crew, 12)
    crew.store.pause(job_id)
    crew.rest()

    crew.store.cancel(job_id)

    assert crew.job(job_id).status is JobStatus.CANCELLED


def test_a_job_of_many_things_waits_for_its_confirmation(crew: Crew, sandbox: RunningSandbox) -> None:
    job_id = crew.start(SelectionKind.ALL, confirm_above=THINGS - 1)
    crew.rest()

    job = crew.job(job_id)
    assert (job.status, job.things["total"], sent(sandbox)) == (JobStatus.AWAITING_CONFIRMATION, THINGS, 0)
    for steer in (crew.store.pause, crew.store.resume):
        with pytest.raises(ForbiddenByStateError, match="awaiting_confirmation"):
            steer(job_id)
    crew.store.confirm(job_id)
    crew.store.confirm(job_id)
    assert crew.finish(job_id).status is JobStatus.SUCCEEDED


def test_a_job_of_no_more_things_than_that_does_not_wait(crew: Crew) -> None:
    job_id = crew.start(SelectionKind.ALL, confirm_above=THINGS)

    assert crew.finish(job_id).status is JobStatus.SUCCEEDED
    with pytest.raises(ForbiddenByStateError, match="succeeded"):
        crew.store.confirm(job_id)


def test_what_was_cancelled_cannot_be_confirmed_any_more(crew: Crew, sandbox: RunningSandbox) -> None:
    job_id = crew.start_with(["lamp-000", "lamp-001"], confirm_above=1)
    crew.store.cancel(job_id)

    for steer in (crew.store.confirm, crew.store.pause, crew.store.resume):
        with pytest.raises(ForbiddenByStateError, match="cancelled"):
            steer(job_id)
    crew.rest()
    assert (crew.job(job_id).status, sent(sandbox)) == (JobStatus.CANCELLED, 0)


def test_a_job_that_nobody_confirms_in_time_is_cancelled(redis_url: str, aws: Aws, sandbox: RunningSandbox) -> None:
    settings = quick_settings(redis_url, confirm_within_seconds=0.2)
    with connect(settings, connections=4) as redis:
        crew = Crew(settings, redis, aws)
        job_id = crew.start(SelectionKind.ALL, confirm_above=1)

        job = crew.finish(job_id)

    assert (job.status, sent(sandbox)) == (JobStatus.CANCELLED, 0)
    assert job.errors[0].startswith("NotConfirmedError: ")


def test_an_unknown_job_cannot_be_steered(crew: Crew) -> None:
    for steer in (crew.store.cancel, crew.store.pause, crew.store.resume, crew.store.confirm):
        with pytest.raises(UnknownJobError):
            steer("f" * 32)


def test_a_pause_between_the_last_page_and_the_confirmation_is_over_with_that(crew: Crew) -> None:
    job_id = crew.start(SelectionKind.ALL, confirm_above=1)
    lease = crew.store.lease(Work(job_id))
    assert lease
    assert crew.store.add_things(lease, ["lamp-000", "lamp-001"], next_page="")
    crew.store.pause(job_id)
    assert crew.store.end_selection(lease)

    assert crew.job(job_id).status is JobStatus.AWAITING_CONFIRMATION
    crew.store.confirm(job_id)
    assert crew.finish(job_id).status is JobStatus.SUCCEEDED
