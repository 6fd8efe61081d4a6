"""When a job is not retried, and why."""

import pytest

from tests.api.bulk_jobs import (
    BROKEN,
    JOBS,
    JSON,
    ONE_SHADOW,
    accepted,
    end,
    ended_job,
    retry,
    select,
)
from tests.api.door import Door
from tests.api.jobs import SKIPPED, Jobs
from tests.api.test_bad_input import assert_published_error
from tests.api.test_retry import FLEET


def test_where_nothing_failed_there_is_nothing_to_retry(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, {"hub-1": ONE_SHADOW, "hub-2": {"door": SKIPPED}})

    answer = retry(door, parent)

    assert_published_error(answer, 409, "Conflict")
    assert "Nothing of this job has failed" in answer.json["message"]
    assert jobs.ids() == [parent]


@pytest.mark.parametrize("ended", [{}, {"hub-2": {"door": BROKEN}}], ids=["not begun", "half done"])
def test_a_job_that_goes_on_is_not_retried(door: Door, jobs: Jobs, ended: dict[str, object]) -> None:
    parent = accepted(select(door, {"things": list(FLEET)}))
    end(jobs, parent, ended)  # type: ignore[arg-type]

    answer = retry(door, parent)

    assert_published_error(answer, 409, "Conflict")
    assert "has not ended" in answer.json["message"]
    assert door.job(parent).json["retriedBy"] is None


def test_a_job_whose_results_have_expired_is_not_retried(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, FLEET)
    jobs.redis.delete(f"shadow-sync:job:{parent}:results")

    answer = retry(door, parent)

    assert_published_error(answer, 409, "Conflict")
    assert "have expired" in answer.json["message"]
    assert jobs.ids() == [parent]


def test_a_job_that_is_not_there_and_a_body_that_means_nothing_are_refused(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, FLEET)
    path = f"{JOBS}/{parent}/retry"

    assert_published_error(retry(door, "0" * 32), 404, "Not Found")
    for body, field in (('{"all": true}', "all"), ('{"confirm": 1}', "confirm"), ("[]", "body")):
        assert_published_error(door.ask("POST", path, headers=JSON, body=body), 400, "Bad Request", field)
    assert_published_error(door.ask("POST", f"{path}?confirm=true"), 400, "Bad Request", "confirm")
    assert door.ask("POST", path, headers={"Content-Type": "text/plain"}, body="x").status == 415
    assert jobs.ids() == [parent]


def test_a_key_goes_with_its_retry(door: Door, jobs: Jobs) -> None:
    first, second = ended_job(door, jobs, FLEET), ended_job(door, jobs, FLEET)
    key = {"Idempotency-Key": "again"}

    child = door.ask("POST", f"{JOBS}/{first}/retry", headers=key).json["jobId"]

    assert door.ask("POST", f"{JOBS}/{first}/retry", headers=key).json["jobId"] == child
    assert door.ask("POST", f"{JOBS}/{second}/retry", headers=key).status == 422
    assert door.job(second).json["retriedBy"] is None
