"""What a job of many Things can be asked for, and what it tells."""

import pytest
from redis import Redis

from sandbox import RunningSandbox
from tests.worker.crew import Crew
from worker.job import JobStatus, ShadowStatus
from worker.job_request import Lane, SelectionKind, Tolerance
from worker.keys import job_key
from worker.results import ResultFilters, ResultPlace

NAMES = [f"lamp-{one:03}" for one in range(10)]


@pytest.fixture(autouse=True)
def fleet(sandbox: RunningSandbox) -> None:
    for name in NAMES:
        for shadow in ("config", "config-old", "state"):
            sandbox.seed(name, shadow, {"on": True})


def break_some(sandbox: RunningSandbox, things: int) -> None:
    """Let one shadow of so many Things be listed, and not be there."""
    for name in NAMES[:things]:
        sandbox.vanish(name, "state")


def mend(sandbox: RunningSandbox) -> None:
    for name in NAMES:
        sandbox.vanish(name, "state", vanished=False)


def test_globs_say_which_shadows_are_meant(crew: Crew, sandbox: RunningSandbox) -> None:
    job = crew.finish(crew.start_with(NAMES, include=("config*", "nothing"), exclude=("*-old",)))

    assert (job.status, job.shadow_counts["total"]) == (JobStatus.SUCCEEDED, 10)
    assert {one["shadowName"] for one in sandbox.invocations()} == {"config"}


def test_a_thing_without_a_shadow_that_is_meant_is_no_failure(crew: Crew) -> None:
    job = crew.finish(crew.start_with(NAMES, include=("nothing",)))

    assert (job.status, job.things["succeeded"], job.shadow_counts["total"]) == (JobStatus.SUCCEEDED, 10, 0)


def test_a_dry_run_reads_everything_and_sends_nothing(crew: Crew, sandbox: RunningSandbox) -> None:
    job = crew.finish(crew.start_with(NAMES, dry_run=True))

    assert (job.status, job.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, 30)
    assert {one.shadow and one.shadow.outcome.lambda_status_code for one in crew.results_of(job.job_id)} == {204}
    assert sandbox.events() == []
    assert {one["invocationType"] for one in sandbox.invocations()} <= {"DryRun"}


def test_a_job_of_which_too_much_fails_stops_within_a_window_and_says_why(crew: Crew, sandbox: RunningSandbox) -> None:
    break_some(sandbox, 10)

    job = crew.finish(crew.start_with(NAMES, tolerance=Tolerance(failed_percent=10, minimum=9)))

    assert (job.status, job.success) == (JobStatus.ABORTED, False)
    assert job.errors[0].startswith("ToleranceExceededError: ")
    ended = job.shadow_counts["delivered"] + job.shadow_counts["failed"]
    assert 9 <= ended < 30
    assert job.things["total"] == sum(job.things[name] for name in ("succeeded", "failed", "cancelled"))


@pytest.mark.parametrize("tolerance", [Tolerance(40, 5), Tolerance(10, 31)], ids=["a higher share", "not so many"])
def test_what_is_tolerated_does_not_stop_the_job(crew: Crew, sandbox: RunningSandbox, tolerance: Tolerance) -> None:
    break_some(sandbox, 10)
    sandbox.turn(iot_control_page_examines=100)

    job = crew.finish(crew.start_with(NAMES, tolerance=tolerance))

    assert (job.status, job.shadow_counts["failed"]) == (JobStatus.PARTIAL, 10)


def test_a_retry_is_a_job_of_just_what_failed(crew: Crew, sandbox: RunningSandbox) -> None:
    break_some(sandbox, 4)
    parent = crew.finish(crew.start_with([*NAMES, "nobody"]))
    mend(sandbox)
    sandbox.reset()

    child_id = crew.start(SelectionKind.RETRY, parent.job_id)
    same = crew.start(SelectionKind.RETRY, parent.job_id)
    child = crew.finish(child_id)

    assert same == child_id
    assert (child.retry_of, crew.job(parent.job_id).retried_by) == (parent.job_id, child_id)
    assert sorted((one["thingName"], one["shadowName"]) for one in sandbox.invocations()) == [
        (name, "state") for name in NAMES[:4]
    ]
    # It still has no named shadows.
    assert (child.things["succeeded"], child.things["failed"], child.status) == (4, 1, JobStatus.PARTIAL)


def test_a_retry_that_was_cancelled_can_be_asked_for_again(crew: Crew, sandbox: RunningSandbox) -> None:
    break_some(sandbox, 4)
    parent = crew.finish(crew.start_with(NAMES))
    first = crew.start(SelectionKind.RETRY, parent.job_id)
    crew.store.cancel(first)

    assert crew.start(SelectionKind.RETRY, parent.job_id) != first


def test_a_retry_of_results_that_have_expired_meanwhile_ends_and_says_so(
    crew: Crew, sandbox: RunningSandbox, redis: "Redis"
) -> None:
    sandbox.seed("lamp", "config", {"on": True})
    sandbox.turn(function_error_for=["config"])
    parent = crew.finish(crew.start_with(["lamp"]))
    child_id = crew.start(SelectionKind.RETRY, parent.job_id)

    redis.delete(f"{job_key(parent.job_id)}:results")
    child = crew.finish(child_id)

    assert child.status is JobStatus.FAILED
    assert child.errors == ("ResultsExpiredError: the results of that job have expired",)


def test_a_retry_of_one_thing_stays_in_the_lane_of_those_who_wait(crew: Crew, sandbox: RunningSandbox) -> None:
    break_some(sandbox, 1)
    parent = crew.start(SelectionKind.THING, NAMES[0], lane=Lane.INTERACTIVE)
    crew.finish(parent)
    mend(sandbox)

    child = crew.finish(crew.start(SelectionKind.RETRY, parent, lane=Lane.INTERACTIVE))

    assert (child.status, child.lane, child.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, Lane.INTERACTIVE, 1)


def test_errors_are_counted_by_class_with_the_first_of_each(crew: Crew, sandbox: RunningSandbox) -> None:
    break_some(sandbox, 3)

    job = crew.finish(crew.start_with([*NAMES, "nobody"]))

    assert [(one.name, one.count) for one in job.error_classes] == [
        ("ResourceNotFoundException", 3),
        ("NoNamedShadows", 1),
    ]
    first = job.error_classes[0]
    assert (first.thing_name in NAMES[:3], first.shadow_name) == (True, "state")


def test_results_can_be_read_page_by_page_and_filtered(crew: Crew, sandbox: RunningSandbox) -> None:
    break_some(sandbox, 3)
    job_id = crew.start_with([*NAMES, "nobody"])
    crew.finish(job_id)

    rows, place = [], ResultPlace()
    while place:
        page, place = crew.results.page(job_id, limit=4, after=place)  # type: ignore[assignment]
        assert len(page) <= 4
        rows += page

    assert rows == crew.results_of(job_id)
    assert len({(row.thing_name, row.shadow and row.shadow.name) for row in rows}) == len(rows) == 31
    failed = list(crew.results.stream(job_id, ResultFilters(failed=True)))
    assert sorted(row.thing_name for row in failed) == [*NAMES[:3], "nobody"]
    by_class = list(crew.results.stream(job_id, ResultFilters(error_class="NoNamedShadows")))
    assert [(row.thing_name, row.shadow, row.status) for row in by_class] == [("nobody", None, ShadowStatus.FAILED)]
    assert len(list(crew.results.stream(job_id, ResultFilters(thing_name=NAMES[5])))) == 3


def test_a_job_tells_how_fast_it_is_and_when_it_may_end(crew: Crew) -> None:
    job_id = crew.start_with(NAMES)
    assert crew.job(job_id).pace is None

    crew.work_until(lambda: crew.job(job_id).shadow_counts["delivered"] >= 10)

    pace = crew.job(job_id).pace
    assert pace
    assert pace.now > 0
    assert pace.overall > 0
    assert pace.estimated_end
    assert pace.estimated_end > crew.job(job_id).created_at
    ended = crew.finish(job_id).pace
    assert ended
    assert (ended.now, ended.estimated_end) == (0, None)
