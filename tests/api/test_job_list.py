"""Looking for jobs: newest first, with filters, page by page."""

from typing import Any

import pytest

from tests.api.door import EMAIL, Door
from tests.api.jobs import DELIVERED, Jobs

PATH = "/admin/shadow-sync-jobs"


def pages(door: Door, query: str = "", cursor: str | None = "") -> list[list[str]]:
    """The ids of the jobs of all pages, from *cursor* on."""
    found: list[list[str]] = []
    while cursor is not None and len(found) < 20:
        page = door.ask("GET", f"{PATH}?{query}{cursor and f'&cursor={cursor}'}").json
        found.append([job["jobId"] for job in page["jobs"]])
        cursor = page["nextCursor"]
    return found


def start(door: Door, *things: str) -> list[str]:
    return [door.sync(thing).json["jobId"] for thing in things]


def test_jobs_are_told_newest_first_without_their_shadows(door: Door, jobs: Jobs) -> None:
    first, second = start(door, "hub-1", "hub-2")
    jobs.end({"jobId": first, "thingName": "hub-1"}, {"door": DELIVERED})

    page = door.ask("GET", PATH).json

    assert [job["jobId"] for job in page["jobs"]] == [second, first]
    assert page["nextCursor"] is None
    ended: dict[str, Any] = page["jobs"][1]
    whole = door.job(first).json
    assert ended == {name: whole[name] for name in ended}
    assert whole.keys() - ended.keys() == {"shadows", "errors", "errorClasses", "drift"}


def test_every_job_is_on_one_page_also_where_new_ones_come_meanwhile(door: Door) -> None:
    ids = start(door, *(f"hub-{number}" for number in range(7)))
    first = door.ask("GET", f"{PATH}?limit=3").json
    start(door, "hub-8")

    rest = pages(door, "limit=3", first["nextCursor"])

    told = [job["jobId"] for job in first["jobs"]] + [job_id for page in rest for job_id in page]
    assert told == ids[::-1]


def test_jobs_of_one_millisecond_are_each_told_once(door: Door, jobs: Jobs) -> None:
    ids = start(door, *(f"hub-{number}" for number in range(5)))
    jobs.redis.zadd("shadow-sync:jobs", dict.fromkeys(ids, 1))

    assert sorted(job_id for page in pages(door, "limit=2") for job_id in page) == sorted(ids)


def test_filters_choose(door: Door, jobs: Jobs) -> None:
    one, two = start(door, "hub-1", "hub-2")
    jobs.end({"jobId": one, "thingName": "hub-1"}, {"door": DELIVERED})

    assert pages(door, "status=succeeded") == [[one]]
    assert pages(door, "thingName=hub-2") == [[two]]
    assert pages(door, f"email={EMAIL}") == [[two, one]]
    assert pages(door, "email=nobody@smartphonekey.com") == [[]]


def test_jobs_that_have_expired_are_not_told(door: Door, jobs: Jobs) -> None:
    one, two = start(door, "hub-1", "hub-2")
    jobs.redis.delete(f"shadow-sync:job:{two}")

    assert pages(door) == [[one]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=done", "status"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("stauts=x", "stauts"),
    ],
)
def test_a_query_that_means_nothing_is_refused(door: Door, query: str, field: str) -> None:
    answer = door.ask("GET", f"{PATH}?{query}")

    assert answer.status == 400
    assert answer.json["details"][0]["field"] == field
