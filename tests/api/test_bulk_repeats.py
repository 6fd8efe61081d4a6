"""A POST for many Things that is repeated, or that waits for the job's end."""

import threading

import pytest

from tests.api.bulk_jobs import ONE_SHADOW, accepted, end, ended_job, kept_for_good, queued, select, steer, upload
from tests.api.door import Answer, Door
from tests.api.jobs import Jobs
from tests.waiting import until
from worker.job import Work

TWO = {"things": ["hub-1", "hub-2"]}


def test_the_same_key_and_selection_get_the_same_job(door: Door, jobs: Jobs) -> None:
    first = select(door, TWO, Idempotency_Key="again")
    kept = kept_for_good(jobs)

    second = select(door, TWO, Idempotency_Key="again")

    assert accepted(second) == accepted(first)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert jobs.ids() == [first.json["jobId"]]
    assert len(queued(jobs)) == 2
    assert list(jobs.redis.scan_iter("*:waiting")) == []
    assert kept_for_good(jobs) == kept


def test_the_same_key_and_file_get_the_same_job(door: Door, jobs: Jobs) -> None:
    first = upload(door, b"hub-1\nhub-2", query="comment=x", Idempotency_Key="again")

    second = upload(door, b"hub-1\nhub-2", query="comment=x", Idempotency_Key="again")

    assert accepted(second) == accepted(first)
    assert jobs.ids() == [first.json["jobId"]]
    assert list(jobs.redis.scan_iter("*:waiting")) == []


def test_the_same_key_with_another_selection_is_refused(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, TWO, Idempotency_Key="again"))

    refused = [
        select(door, {"things": ["hub-1", "hub-3"]}, Idempotency_Key="again"),
        select(door, TWO | {"dryRun": True}, Idempotency_Key="again"),
        select(door, {"all": True}, Idempotency_Key="again"),
        upload(door, b"hub-1\nhub-2", Idempotency_Key="again"),
        door.sync("hub-1", Idempotency_Key="again"),
    ]

    for answer in refused:
        assert answer.status == 422
        assert answer.json["details"][0]["field"] == "Idempotency-Key"
    assert jobs.ids() == [job_id]
    assert list(jobs.redis.scan_iter("*:waiting")) == []


@pytest.mark.parametrize(
    ("body", "kind", "query"),
    [
        pytest.param(b"hub-1\nhub-2\n", "text/plain", "comment=x", id="a line end more"),
        pytest.param(b"hub-1\nhub-2", "text/csv", "comment=x", id="another media type"),
        pytest.param(b"hub-1\nhub-2", "text/plain", "comment=y", id="another option"),
        pytest.param(b"hub-1\nhub-2", "text/plain", "", id="no option"),
    ],
)
def test_the_same_key_with_another_file_is_refused(door: Door, jobs: Jobs, body: bytes, kind: str, query: str) -> None:
    job_id = accepted(upload(door, b"hub-1\nhub-2", query="comment=x", Idempotency_Key="again"))

    answer = upload(door, body, kind=kind, query=query, Idempotency_Key="again")

    assert answer.status == 422
    assert jobs.ids() == [job_id]


def test_a_file_that_was_refused_does_not_use_up_its_key(door: Door) -> None:
    assert upload(door, b"John Doe", Idempotency_Key="again").status == 400

    assert upload(door, b"hub-1", Idempotency_Key="again").status == 202


def test_a_key_that_came_before_finds_the_job_that_has_ended(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, TWO, Idempotency_Key="again"))
    end(jobs, job_id, dict.fromkeys(TWO["things"], ONE_SHADOW))

    answer = select(door, TWO, Idempotency_Key="again", Prefer="wait=5")

    assert (answer.status, answer.json["jobId"], answer.json["status"]) == (200, job_id, "succeeded")


def test_a_client_that_waits_is_answered_when_the_job_ends(door: Door, jobs: Jobs) -> None:
    answers: list[Answer] = []
    client = threading.Thread(target=lambda: answers.append(select(door, TWO, Prefer="wait=20")))
    client.start()
    (job_id,) = until(jobs.ids, what="the job")

    end(jobs, job_id, dict.fromkeys(TWO["things"], ONE_SHADOW))
    client.join(20)

    (answer,) = answers
    assert (answer.status, answer.json["status"], answer.json["shadows"]) == (200, "succeeded", [])
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert "Retry-After" not in answer.headers
    assert answer.seconds < 15


def test_a_wait_that_is_over_first_gets_the_job_as_it_stands(door: Door) -> None:
    answer = select(door, TWO, Prefer="wait=1")

    assert (answer.status, answer.json["status"], answer.headers["Preference-Applied"]) == (202, "queued", "wait=1")
    assert 0.9 < answer.seconds < 10


def test_a_job_in_which_no_thing_has_shadows_has_ended_and_is_told(door: Door, jobs: Jobs) -> None:
    """Of one Thing it is a 404; of many it is a result like others."""
    why = "The Thing hub-1 has no named shadows."
    job_id = ended_job(door, jobs, {"hub-1": why, "hub-2": why.replace("1", "2")})

    answer = door.job(job_id, Prefer="wait=1")

    assert (answer.status, answer.json["status"]) == (200, "failed")


def test_who_waits_for_the_end_of_a_selection_without_things_hears_why(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"thingGroup": "nobody"}))
    lease = jobs.store.lease(Work(job_id))
    assert lease
    jobs.store.end_selection(lease)

    job = door.job(job_id).json
    assert (job["status"], job["success"]) == ("failed", False)
    assert job["errors"] == ["NoThingsError: the selection has no Things"]
    assert steer(door, job_id, "cancel").status == 409
