"""What came of a job of many Things, page by page: every result once, whatever the size of a page and the filters."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from tests.api.door import Answer, Door
from tests.api.jobs import DELIVERED, SKIPPED, Jobs
from worker.job import Work

NOT_LISTED = "ResourceNotFoundException: ListNamedShadowsForThing"
NO_SHADOWS = "The Thing hub-empty has no named shadows."
FLEET: Ends = {
    "hub-1": {"door": DELIVERED, "light": SKIPPED},
    "hub-empty": NO_SHADOWS,
    "hub-2": {"door": THROTTLED},
    "hub-gone": NOT_LISTED,
    "hub-3": dict.fromkeys("abcdefg", DELIVERED),
    "hub-4": {"door": BROKEN, "light": THROTTLED, "attic": DELIVERED},
    **{f"hub-1{number}": ONE_SHADOW for number in range(5)},
}


def results(door: Door, job_id: str, query: str = "") -> Answer:
    return door.ask("GET", f"{JOBS}/{job_id}/results?{query}")


def walk(door: Door, job_id: str, query: str = "", cursor: str | None = "") -> list[dict[str, Any]]:
    """The results of all pages, from *cursor* on."""
    found: list[dict[str, Any]] = []
    for _ in range(100):
        page = results(door, job_id, f"{query}{cursor and f'&cursor={cursor}'}").json
        found += page["results"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found
    raise AssertionError("the pages have no end")


def names(rows: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(row["thingName"], row["shadowName"]) for row in rows]


@pytest.fixture
def job_id(door: Door, jobs: Jobs) -> str:
    return ended_job(door, jobs, FLEET)


def test_every_shadow_is_told_with_what_came_of_it(door: Door, job_id: str) -> None:
    page = results(door, job_id).json

    assert page["nextCursor"] is None
    rows = {(row.pop("thingName"), row.pop("shadowName")): row for row in page["results"]}
    nothing = {"landed": None, "landedVersion": None, "landingMs": None, "rowVersion": None}
    assert rows["hub-1", "door"] == nothing | {
        "status": "delivered",
        "version": 7,
        "attempts": 1,
        "lambdaStatusCode": 200,
        "lambdaRequestId": "lambda-1",
        "error": None,
    }
    assert rows["hub-4", "door"] == nothing | {
        "status": "failed",
        "version": None,
        "attempts": 1,
        "lambdaStatusCode": 200,
        "lambdaRequestId": None,
        "error": "FunctionError: TypeError",
    }
    assert rows["hub-gone", None] == nothing | {
        "status": "failed",
        **dict.fromkeys(("version", "attempts", "lambdaStatusCode", "lambdaRequestId")),
        "error": NOT_LISTED,
    }
    assert len(rows) == len(page["results"]) == 20


def test_things_are_told_as_they_end_and_their_shadows_by_name(door: Door, job_id: str) -> None:
    told = names(results(door, job_id).json["results"])

    assert list(dict.fromkeys(thing for thing, _ in told)) == list(FLEET)
    assert [shadow for thing, shadow in told if thing == "hub-4"] == ["attic", "door", "light"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(1, 25),
    wanted=st.sampled_from(
        ["", "status=delivered", "status=pending", "thingName=hub-3", "failed=true", "failed=false"]
    ),
)
def test_whatever_the_limit_every_result_is_on_one_page(door: Door, job_id: str, limit: int, wanted: str) -> None:
    whole = results(door, job_id, f"limit=1000&{wanted}").json

    assert whole["nextCursor"] is None
    assert walk(door, job_id, f"limit={limit}&{wanted}") == whole["results"]
    assert len(results(door, job_id, f"limit={limit}&{wanted}").json["results"]) == min(limit, len(whole["results"]))


def test_a_page_has_a_hundred_results_unless_more_or_fewer_are_wanted(door: Door, jobs: Jobs) -> None:
    many = {f"hub-{number}": {f"s{shadow:02}": DELIVERED for shadow in range(15)} for number in range(8)}
    job_id = ended_job(door, jobs, many)

    assert len(results(door, job_id).json["results"]) == 100
    assert len(results(door, job_id, "limit=7").json["results"]) == 7
    assert len(results(door, job_id, "limit=1000").json["results"]) == 120


def test_of_a_job_that_goes_on_what_ends_between_two_pages_comes_later(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"things": list(FLEET)}))
    assert results(door, job_id).json == {"results": [], "nextCursor": None}
    end(jobs, job_id, {name: FLEET[name] for name in ("hub-1", "hub-4")})
    first = results(door, job_id, "limit=3").json
    end(jobs, job_id, {"hub-empty": NO_SHADOWS})

    rest = walk(door, job_id, "limit=1", first["nextCursor"])

    assert names(first["results"]) + names(rest) == [
        ("hub-1", "door"),
        ("hub-1", "light"),
        *(("hub-4", shadow) for shadow in ("attic", "door", "light")),
        ("hub-empty", None),
    ]


def test_a_thing_is_told_once_it_has_ended(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"things": ["hub-1"]}))
    listing = begin(jobs, job_id, "hub-1")
    jobs.store.add_shadows(listing, ["door", "light"])
    jobs.store.end_listing(listing)
    lease = jobs.store.lease(Work(job_id, "hub-1", "door"))
    assert lease
    jobs.store.finish(lease, DELIVERED)

    assert results(door, job_id).json["results"] == []
    steer(door, job_id, "cancel")
    told = [(row["shadowName"], row["status"]) for row in results(door, job_id).json["results"]]
    assert told == [("door", "delivered"), ("light", "cancelled")]


def test_a_single_things_job_has_results_too(door: Door, jobs: Jobs) -> None:
    job = door.sync("hub-1").json
    jobs.end(job, {"door": DELIVERED, "light": THROTTLED})

    assert names(walk(door, job["jobId"])) == [("hub-1", "door"), ("hub-1", "light")]
