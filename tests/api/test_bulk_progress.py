"""How a job of many Things stands: counts, errors by class, pace and end."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.bulk_jobs import (
    BROKEN,
    JOBS,
    ONE_SHADOW,
    THROTTLED,
    Ends,
    accepted,
    begin,
    end,
    ended_job,
    select,
    steer,
)
from tests.api.door import Door
from tests.api.jobs import DELIVERED, SKIPPED, Jobs
from worker.job import Outcome, ShadowStatus

FLEET: Ends = {
    "hub-secret-1": {"door": DELIVERED, "light": SKIPPED},
    "hub-secret-2": {"door": THROTTLED, "light": THROTTLED, "attic": BROKEN},
    "hub-secret-3": "ResourceNotFoundException: ListNamedShadowsForThing",
    "hub-secret-4": {"door": DELIVERED},
}


def failure(name: str) -> Outcome:
    return Outcome(status=ShadowStatus.FAILED, error=f"{name}: something")


def test_things_and_shadows_are_counted_by_what_came_of_them(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"things": [*FLEET, "hub-5", "hub-6"]}))
    end(jobs, job_id, FLEET)
    jobs.store.add_shadows(begin(jobs, job_id, "hub-5"), ["door", "light"])

    job = door.job(job_id).json

    assert (job["status"], job["success"], job["finishedAt"]) == ("running", None, None)
    assert job["progress"] == {
        "things": {"total": 6, "pending": 1, "running": 1, "succeeded": 2, "failed": 2, "cancelled": 0},
        "shadows": dict.fromkeys(("running", "cancelled", "landed"), 0)
        | {"total": 8, "pending": 2, "delivered": 2, "skipped": 1, "failed": 3},
    }


def test_a_job_ends_as_its_shadows_do(door: Door, jobs: Jobs) -> None:
    assert door.job(ended_job(door, jobs, FLEET)).json["status"] == "partial"
    assert door.job(ended_job(door, jobs, {"hub-1": {"door": BROKEN}, "hub-2": "X: y"})).json["status"] == "failed"
    job = door.job(ended_job(door, jobs, {"hub-1": {"door": SKIPPED}, "hub-2": {}})).json
    assert (job["status"], job["success"], job["errors"], job["errorClasses"]) == ("succeeded", True, [], [])


def test_errors_are_counted_by_class_with_where_each_was_first(door: Door, jobs: Jobs) -> None:
    job = door.job(ended_job(door, jobs, FLEET)).json

    assert job["errorClasses"] == [
        {
            "errorClass": "ThrottlingException",
            "count": 2,
            "first": {
                "thingName": "hub-secret-2",
                "shadowName": "door",
                "error": "ThrottlingException: Rate exceeded",
            },
        },
        {
            "errorClass": "FunctionError",
            "count": 1,
            "first": {"thingName": "hub-secret-2", "shadowName": "attic", "error": "FunctionError: TypeError"},
        },
        {
            "errorClass": "ResourceNotFoundException",
            "count": 1,
            "first": {
                "thingName": "hub-secret-3",
                "shadowName": None,
                "error": "ResourceNotFoundException: ListNamedShadowsForThing",
            },
        },
    ]


def test_of_many_classes_twenty_are_told_and_the_rest_as_one(door: Door, jobs: Jobs) -> None:
    things = {f"hub-{number}": {"door": failure(f"Error{number}")} for number in range(25)}

    classes = door.job(ended_job(door, jobs, things)).json["errorClasses"]

    assert len(classes) == 21
    assert (classes[0]["errorClass"], classes[0]["count"]) == ("Other", 5)
    assert classes[0]["first"]["thingName"] == "hub-20"


def test_no_names_are_told_but_of_what_went_wrong_first(door: Door, jobs: Jobs) -> None:
    good = {name: ended for name, ended in FLEET.items() if name in ("hub-secret-1", "hub-secret-4")}
    job_id = ended_job(door, jobs, good)

    assert b"hub-secret" not in door.job(job_id).body
    assert b"hub-secret" not in door.ask("GET", JOBS).body
    assert b"hub-secret" not in select(door, {"things": list(FLEET)}).body


def test_what_a_look_at_a_job_is_told_does_not_grow_with_it(door: Door, jobs: Jobs) -> None:
    small = ended_job(door, jobs, {"hub-1": ONE_SHADOW})
    large = ended_job(door, jobs, {f"hub-{number}": {"a": DELIVERED, "b": THROTTLED} for number in range(60)})

    assert len(door.job(large).body) < len(door.job(small).body) + 300


def test_before_anything_ended_there_is_no_pace(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"things": ["hub-1"]}))
    begin(jobs, job_id, "hub-1")

    job = door.job(job_id).json

    assert (job["status"], job["rate"], job["estimatedEndAt"]) == ("running", None, None)
    assert job["startedAt"] is not None


def test_a_running_job_tells_its_pace_and_when_it_may_end(door: Door, jobs: Jobs) -> None:
    things = {f"hub-{number:02}": {"door": DELIVERED} for number in range(40)}
    job_id = accepted(select(door, {"things": list(things)}))
    end(jobs, job_id, {name: things[name] for name in list(things)[:20]})

    asked_at = datetime.now(UTC)
    job = door.job(job_id).json
    left = datetime.fromisoformat(job["estimatedEndAt"]) - asked_at
    end(jobs, job_id, {name: things[name] for name in list(things)[20:30]})
    later = door.job(job_id).json

    assert job["rate"]["now"] > 1
    assert job["rate"]["overall"] > 1
    # As many are left as have ended, at that pace.
    assert timedelta(0) < left < timedelta(seconds=20 / job["rate"]["now"] + 2)
    assert later["rate"]["now"] > job["rate"]["now"]
    end(jobs, job_id, {name: things[name] for name in list(things)[30:]})
    ended = door.job(job_id).json
    assert (ended["rate"]["now"], ended["estimatedEndAt"]) == (0.0, None)
    seconds = (datetime.fromisoformat(ended["finishedAt"]) - datetime.fromisoformat(ended["startedAt"])).total_seconds()
    assert ended["rate"]["overall"] == pytest.approx(40 / seconds, rel=0.01)


def test_an_ended_job_tells_how_long_its_results_are_kept(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"things": ["hub-1"]}))
    assert door.job(job_id).json["resultsExpireAt"] is None
    end(jobs, job_id, {"hub-1": ONE_SHADOW})

    job = door.job(job_id).json

    kept = datetime.fromisoformat(job["resultsExpireAt"]) - datetime.fromisoformat(job["finishedAt"])
    assert kept == timedelta(days=3)


def test_a_job_that_failed_more_than_it_may_is_aborted_and_says_why(door: Door, jobs: Jobs) -> None:
    names = [f"hub-{number}" for number in range(1, 6)]
    job_id = accepted(select(door, {"things": names, "tolerance": {"failedPercent": 50, "minimum": 4}}))
    end(jobs, job_id, {"hub-1": {"door": DELIVERED, "light": SKIPPED}, "hub-2": "X: y", "hub-3": "X: y"})
    assert door.job(job_id).json["status"] == "running"

    end(jobs, job_id, {"hub-4": "X: y"})

    job = door.job(job_id).json
    assert (job["status"], job["success"]) == ("aborted", False)
    assert job["errors"] == ["ToleranceExceededError: 3 of 5 failed, more than 50 %"]
    assert job["progress"]["things"]["cancelled"] == 1
    assert steer(door, job_id, "resume").json["message"] == "The job has ended: it is aborted."
