"""Which results are wanted, and which there are no longer."""

import base64

import pytest

from tests.api.bulk_jobs import (
    ONE_SHADOW,
    THROTTLED,
    accepted,
    end,
    ended_job,
    select,
    steer,
)
from tests.api.door import Answer, Door
from tests.api.jobs import DELIVERED, Jobs
from tests.api.test_bad_input import assert_published_error
from tests.api.test_results import FLEET, names, results, walk
from tests.api.webhook import Webhook
from tests.waiting import until
from worker.job import Outcome, ShadowStatus, Work
from worker.jobs import JobStore
from worker.settings import Settings


@pytest.fixture
def job_id(door: Door, jobs: Jobs) -> str:
    return ended_job(door, jobs, FLEET)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("status=skipped", [("hub-1", "light")]),
        ("thingName=hub-1", [("hub-1", "door"), ("hub-1", "light")]),
        ("thingName=hub", []),
        ("errorClass=ThrottlingException", [("hub-2", "door"), ("hub-4", "light")]),
        ("errorClass=NoNamedShadows", [("hub-empty", None)]),
        ("errorClass=ResourceNotFoundException&status=failed", [("hub-gone", None)]),
        ("errorClass=ResourceNotFoundException&status=delivered", []),
        (
            "failed=true",
            [("hub-empty", None), ("hub-2", "door"), ("hub-gone", None), ("hub-4", "door"), ("hub-4", "light")],
        ),
        ("failed=true&thingName=hub-4&errorClass=FunctionError", [("hub-4", "door")]),
    ],
)
def test_filters_choose(door: Door, job_id: str, query: str, told: list[tuple[str, str | None]]) -> None:
    assert names(walk(door, job_id, query)) == told


def test_other_are_the_errors_that_the_job_counts_by_no_name(door: Door, jobs: Jobs) -> None:
    failed = {
        f"hub-{number:02}": {"door": Outcome(status=ShadowStatus.FAILED, error=f"Class{number}Error: no")}
        for number in range(25)
    }
    job_id = ended_job(door, jobs, {**failed, "hub-odd": {"door": Outcome(status=ShadowStatus.FAILED, error="odd")}})
    classes = {one["errorClass"]: one["count"] for one in door.job(job_id).json["errorClasses"]}

    others = walk(door, job_id, "errorClass=Other")

    assert len(others) == classes["Other"] == 26 - 20
    assert {row["error"].partition(":")[0] for row in others}.isdisjoint(classes)
    assert "hub-odd" in {row["thingName"] for row in others}


def test_what_did_not_land_has_failed_too(webhook: Webhook, jobs: Jobs) -> None:
    job_id = accepted(select(webhook.door, {"things": ["hub-1"], "verify": True}))
    end(jobs, job_id, {"hub-1": {"door": DELIVERED, "light": DELIVERED}})
    lease = jobs.store.lease(Work(job_id, "hub-1"))
    assert lease
    assert lease.landing
    jobs.store.land(lease, {"door": 8}, late="NotLandedError: no row in 30 s")

    (row,) = walk(webhook.door, job_id, "failed=true")

    assert (row["shadowName"], row["status"], row["landed"]) == ("light", "delivered", False)
    (landed,) = walk(webhook.door, job_id, "failed=false&status=delivered")[:1]
    assert (landed["landed"], landed["landedVersion"], landed["version"]) == (True, 8, 7)
    assert walk(webhook.door, job_id, "errorClass=NotLandedError") == [row]


def test_a_page_that_looked_at_enough_things_is_not_the_last(door: Door, jobs: Jobs) -> None:
    job_id = ended_job(door, jobs, {"hub-1": ONE_SHADOW, "hub-2": {"door": THROTTLED}})
    key = f"shadow-sync:job:{job_id}:results"
    good, bad = (str(one) for one in jobs.redis.lrange(key, 0, -1))
    jobs.redis.delete(key)
    jobs.redis.rpush(key, *[good] * 5000, bad)

    first = results(door, job_id, "failed=true").json

    assert first["results"] == []
    assert names(walk(door, job_id, "failed=true", first["nextCursor"])) == [("hub-2", "door")]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("status=done", "status"),
        ("failed=maybe", "failed"),
        ("cursor=", "cursor"),
        ("cursor=x", "cursor"),
        ("cursor=w6k", "cursor"),
        ("cursor=%FF", "cursor"),
        (f"cursor={'A' * 201}", "cursor"),
        ("cursor=MDow", "cursor"),
        ("errorclass=x", "errorclass"),
    ],
)
def test_a_query_that_means_nothing_is_refused(door: Door, job_id: str, query: str, field: str) -> None:
    assert_published_error(results(door, job_id, query), 400, "Bad Request", field)


def test_a_cursor_is_of_one_job(door: Door, jobs: Jobs, job_id: str) -> None:
    other = ended_job(door, jobs, FLEET)
    cursor = results(door, job_id, "limit=3").json["nextCursor"]

    answer = results(door, other, f"cursor={cursor}")

    assert_published_error(answer, 400, "Bad Request", "cursor")
    assert "this job's results" in answer.json["message"]


def test_a_place_beyond_what_has_ended_so_far_has_nothing(door: Door) -> None:
    job_id = accepted(select(door, {"things": ["hub-1"]}))
    cursor = base64.urlsafe_b64encode(f"{job_id}:5:0".encode()).decode().rstrip("=")

    assert results(door, job_id, f"cursor={cursor}").json == {"results": [], "nextCursor": None}


@pytest.mark.parametrize("job_id", ["0" * 32, "nonsense"])
def test_of_an_unknown_job_there_are_none(door: Door, job_id: str) -> None:
    assert_published_error(results(door, job_id), 404, "Not Found")


@pytest.mark.parametrize("how", ["ended", "cancelled"])
def test_results_that_have_expired_are_gone_but_the_counts_stay(door: Door, jobs: Jobs, how: str) -> None:
    forgetful = Jobs(JobStore(jobs.redis, Settings(results_retention_seconds=1)), jobs.redis)
    job_id = accepted(select(door, {"things": ["hub-1", "hub-2"]}))
    if how == "ended":
        end(forgetful, job_id, {"hub-1": ONE_SHADOW, "hub-2": {"door": THROTTLED}})
    else:
        forgetful.store.cancel(job_id)
    assert results(door, job_id).status == 200

    answer = until(lambda: _unless_ok(results(door, job_id)), what="the results have expired")

    assert_published_error(answer, 410, "Gone")
    job = door.job(job_id).json
    assert job["progress"]["things"]["total"] == 2
    assert job["finishedAt"] < job["resultsExpireAt"]


def _unless_ok(answer: Answer) -> Answer | None:
    return None if answer.status == 200 else answer


def test_a_job_of_which_nothing_began_has_none(door: Door) -> None:
    job_id = accepted(select(door, {"all": True}))
    steer(door, job_id, "cancel")

    assert results(door, job_id).json == {"results": [], "nextCursor": None}
