"""Cancelling, pausing and resuming a job of many Things; each is the same when done twice."""

import pytest

from tests.api.bulk_jobs import (
    ONE_SHADOW,
    accepted,
    begin,
    due,
    end,
    ended_job,
    find,
    select,
    steer,
)
from tests.api.door import Door
from tests.api.jobs import DELIVERED, FAILED, Jobs
from tests.api.test_bad_input import assert_published_error
from worker.job import Work

EVERY_WAY = ["cancel", "pause", "resume", "confirm"]
THREE = {"things": ["hub-1", "hub-2", "hub-3"]}


def status_of(door: Door, job_id: str) -> str:
    status: str = door.job(job_id).json["status"]
    return status


def test_a_paused_job_begins_nothing_until_it_is_resumed(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, THREE))

    for _ in range(2):
        answer = steer(door, job_id, "pause")
        assert (answer.status, answer.json["status"], answer.json["success"]) == (200, "paused", None)
    assert jobs.store.lease(Work(job_id, "hub-1")) is None
    assert answer.json["estimatedEndAt"] is None

    for _ in range(2):
        answer = steer(door, job_id, "resume")
        assert (answer.status, answer.json["status"]) == (202, "queued")
    end(jobs, job_id, dict.fromkeys(THREE["things"], ONE_SHADOW))
    assert status_of(door, job_id) == "succeeded"


def test_what_is_under_way_ends_while_the_job_is_paused(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, THREE))
    listing = begin(jobs, job_id, "hub-1")
    jobs.store.add_shadows(listing, ["door", "light"])
    jobs.store.end_listing(listing)
    lease = jobs.store.lease(Work(job_id, "hub-1", "door"))
    assert lease

    answer = steer(door, job_id, "pause")

    assert (answer.status, answer.json["status"]) == (202, "paused")
    assert jobs.store.finish(lease, DELIVERED)
    assert jobs.store.lease(Work(job_id, "hub-1", "light")) is None
    assert steer(door, job_id, "pause").status == 200
    assert steer(door, job_id, "resume").json["status"] == "running"
    assert jobs.store.lease(Work(job_id, "hub-1", "light"))


def test_a_search_for_things_can_be_paused(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"all": True}))

    assert steer(door, job_id, "pause").json["status"] == "paused"
    assert jobs.store.lease(Work(job_id)) is None
    assert steer(door, job_id, "resume").json["status"] == "resolving"
    find(jobs, job_id, ["hub-1"])
    assert status_of(door, job_id) == "queued"


@pytest.mark.parametrize("before", ["resolving", "queued", "running", "paused"])
def test_a_job_is_cancelled_at_every_stage(door: Door, jobs: Jobs, before: str) -> None:
    job_id = accepted(select(door, {"all": True} if before == "resolving" else THREE))
    if before == "running":
        end(jobs, job_id, {"hub-1": ONE_SHADOW})
    if before == "paused":
        steer(door, job_id, "pause")
    assert status_of(door, job_id) == before

    for _ in range(2):
        answer = steer(door, job_id, "cancel")
        assert (answer.status, answer.json["status"], answer.json["success"]) == (200, "cancelled", False)
    assert due(jobs) == set()
    counts = answer.json["progress"]["things"]
    assert counts["total"] == counts["cancelled"] + counts["succeeded"]


@pytest.mark.parametrize("how", EVERY_WAY)
@pytest.mark.parametrize(("outcome", "status"), [(DELIVERED, "succeeded"), (FAILED, "failed")])
def test_a_job_that_has_ended_is_not_steered(door: Door, jobs: Jobs, how: str, outcome: object, status: str) -> None:
    job_id = ended_job(door, jobs, {"hub-1": {"door": outcome}})  # type: ignore[dict-item]

    answer = steer(door, job_id, how)

    assert_published_error(answer, 409, "Conflict")
    assert answer.json["message"] == f"The job has ended: it is {status}."


@pytest.mark.parametrize("how", EVERY_WAY)
@pytest.mark.parametrize("job_id", ["0" * 32, "nonsense", "%2A"])
def test_a_job_that_is_not_there_is_not_found(door: Door, how: str, job_id: str) -> None:
    assert_published_error(steer(door, job_id, how), 404, "Not Found")


@pytest.mark.parametrize("how", EVERY_WAY)
def test_what_means_nothing_is_refused_and_does_nothing(door: Door, how: str) -> None:
    job_id = accepted(select(door, THREE))
    path = f"/admin/shadow-sync-jobs/{job_id}/{how}"

    body = door.ask("POST", path, headers={"Content-Type": "application/json"}, body='{"force": true}')
    query = door.ask("POST", f"{path}?force=true")

    assert_published_error(body, 400, "Bad Request", "force")
    assert_published_error(query, 400, "Bad Request", "force")
    assert status_of(door, job_id) == "queued"


def test_a_single_things_job_is_paused_and_resumed_alike(door: Door, jobs: Jobs) -> None:
    job = door.sync("hub-1").json

    assert steer(door, job["jobId"], "pause").json["status"] == "paused"
    assert steer(door, job["jobId"], "resume").json["status"] == "queued"
    jobs.end(job, {"door": DELIVERED})
    assert status_of(door, job["jobId"]) == "succeeded"
