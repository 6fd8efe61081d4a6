"""Jobs of many Things among all jobs: found by their state, their comment and who asked."""

from typing import Any

from tests.api.bulk_jobs import (
    BROKEN,
    JOBS,
    MANY,
    ONE_SHADOW,
    accepted,
    begin,
    end,
    ended_job,
    retry,
    select,
    steer,
)
from tests.api.door import EMAIL, Door, credentials
from tests.api.jobs import Jobs
from tests.api.test_bulk_progress import FLEET


def found(door: Door, query: str) -> list[str]:
    return [job["jobId"] for job in door.ask("GET", f"{JOBS}?{query}").json["jobs"]]


def test_jobs_are_found_by_their_state(door: Door, jobs: Jobs) -> None:
    one = {"things": ["hub-1"]}
    expected: dict[str, Any] = {
        "resolving": accepted(select(door, {"all": True})),
        "awaiting_confirmation": accepted(select(door, {"things": MANY})),
        "queued": accepted(select(door, one)),
        "paused": accepted(select(door, one)),
        "cancelled": accepted(select(door, one)),
        "running": accepted(select(door, one)),
        "succeeded": ended_job(door, jobs, {"hub-2": ONE_SHADOW}),
        "partial": ended_job(door, jobs, {"hub-3": ONE_SHADOW, "hub-4": {"door": BROKEN}}),
        "failed": ended_job(door, jobs, {"hub-5": {"door": BROKEN}}),
        "aborted": accepted(
            select(door, {"things": ["hub-6", "hub-7"], "tolerance": {"failedPercent": 0, "minimum": 1}})
        ),
    }
    end(jobs, expected["aborted"], {"hub-6": {"door": BROKEN}})
    steer(door, expected["paused"], "pause")
    steer(door, expected["cancelled"], "cancel")
    begin(jobs, expected["running"], "hub-1")

    assert {status: found(door, f"status={status}") for status in expected} == {
        status: [job_id] for status, job_id in expected.items()
    }
    assert len(found(door, "")) == len(expected)


def test_jobs_are_found_by_a_part_of_their_comment_in_any_case(door: Door) -> None:
    first = accepted(select(door, {"things": ["hub-1"], "comment": "After the OUTAGE in Straße 7"}))
    second = accepted(select(door, {"all": True, "comment": "outage, part 2"}))
    accepted(select(door, {"all": True}))

    assert found(door, "comment=outage") == [second, first]
    assert found(door, "comment=STRASSE") == found(door, "comment=stra%C3%9Fe") == [first]
    assert found(door, "comment=the%20outage%20in") == [first]
    assert found(door, "comment=blackout") == []
    assert len(found(door, "comment=")) == 3


def test_jobs_are_found_by_several_filters_at_once(door: Door) -> None:
    mine = accepted(select(door, {"all": True, "comment": "outage"}))
    bob = {"Content-Type": "application/json"}
    door.ask(
        "POST",
        JOBS,
        headers=bob,
        body='{"all": true, "comment": "outage"}',
        credentials=credentials(email="bob@smartphonekey.com"),
    )

    assert found(door, f"comment=outage&email={EMAIL}&status=resolving") == [mine]
    assert found(door, f"comment=outage&email={EMAIL}&status=paused") == []


def test_the_list_tells_of_a_job_what_a_look_at_it_tells(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, FLEET, comment="x", maxShadowsPerSecond=3000)
    retry(door, parent)

    for job in door.ask("GET", JOBS).json["jobs"]:
        whole = door.job(job["jobId"]).json
        assert {name: whole[name] for name in job} == job
        assert (job["thingName"], job["kind"]) == (None, "sync")
        assert whole.keys() - job.keys() == {"shadows", "errors", "errorClasses", "drift"}
