"""A job of more Things than usual waits until somebody says yes."""

import pytest

from tests.api.bulk_jobs import (
    MANY,
    accepted,
    due,
    find,
    queued,
    select,
    steer,
    upload,
)
from tests.api.door import Door
from tests.api.jobs import Jobs
from tests.api.test_bad_input import assert_published_error
from tests.api.test_steering import THREE, status_of
from worker.job_request import Lane


def waiting(door: Door) -> str:
    """A job that waits for its confirmation."""
    return accepted(select(door, {"things": MANY}))


def test_a_job_of_more_things_than_usual_waits_for_its_confirmation(door: Door, jobs: Jobs) -> None:
    answer = select(door, {"things": MANY})

    assert (answer.status, answer.json["status"], answer.json["success"]) == (202, "awaiting_confirmation", None)
    assert answer.json["progress"]["things"] == {
        "total": 1001,
        "pending": 1001,
        **dict.fromkeys(("running", "succeeded", "failed", "cancelled"), 0),
    }
    assert queued(jobs) == []
    assert jobs.store.wake(Lane.BULK) == []
    assert due(jobs) == {answer.json["jobId"]}


def test_a_thousand_things_are_begun_at_once_and_so_are_more_that_are_confirmed(door: Door, jobs: Jobs) -> None:
    names = "\n".join(MANY).encode()
    for answer in (
        select(door, {"things": MANY[:1000]}),
        select(door, {"things": MANY, "confirm": True}),
        upload(door, names, query="confirm=true"),
    ):
        assert (answer.status, answer.json["status"]) == (202, "queued")
        assert answer.json["jobId"] in {args[0] for _, args in queued(jobs)}
    assert upload(door, names).json["status"] == "awaiting_confirmation"


def test_what_was_found_waits_for_its_confirmation_too(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"all": True}))
    find(jobs, job_id, MANY[:500], MANY[500:])

    assert status_of(door, job_id) == "awaiting_confirmation"
    assert steer(door, job_id, "confirm").json["status"] == "queued"


def test_a_confirmed_job_begins(door: Door, jobs: Jobs) -> None:
    job_id = waiting(door)

    answer = steer(door, job_id, "confirm")

    assert (answer.status, answer.json["status"], answer.headers["Retry-After"]) == (202, "queued", "1")
    begun = queued(jobs)
    assert begun
    assert {args[0] for _, args in begun} == {job_id}
    again = steer(door, job_id, "confirm")
    assert (again.status, again.json["status"]) == (202, "queued")
    assert jobs.redis.lrange("shadow-sync:feeding:bulk", 0, -1) == [job_id]


def test_what_is_not_confirmed_can_be_cancelled_and_then_no_longer_confirmed(door: Door, jobs: Jobs) -> None:
    job_id = waiting(door)

    answer = steer(door, job_id, "cancel")

    assert (answer.status, answer.json["status"], answer.json["success"]) == (200, "cancelled", False)
    assert answer.json["progress"]["things"]["cancelled"] == 1001
    assert steer(door, job_id, "cancel").status == 200
    for how in ("confirm", "pause", "resume"):
        refused = steer(door, job_id, how)
        assert_published_error(refused, 409, "Conflict")
        assert refused.json["message"] == "The job has ended: it is cancelled."
    assert (queued(jobs), due(jobs)) == ([], set())


@pytest.mark.parametrize("how", ["pause", "resume"])
def test_what_is_not_confirmed_has_nothing_to_pause(door: Door, how: str) -> None:
    job_id = waiting(door)

    answer = steer(door, job_id, how)

    assert_published_error(answer, 409, "Conflict")
    assert answer.json["message"] == "The job waits for its confirmation: confirm or cancel it."
    assert status_of(door, job_id) == "awaiting_confirmation"


def test_a_job_that_does_not_wait_for_it_cannot_be_confirmed(door: Door) -> None:
    for body in (THREE, {"all": True}):
        answer = steer(door, accepted(select(door, body)), "confirm")
        assert_published_error(answer, 409, "Conflict")
        assert answer.json["message"] == "The job does not wait for a confirmation."
