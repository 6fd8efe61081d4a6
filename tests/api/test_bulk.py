"""Starting a job of many Things: what is selected is due, and queued apart from what somebody waits for."""

from typing import Any

import pytest

from tests.api.bulk_jobs import JOBS, JSON, MANY, accepted, due, end, find, kept_for_good, queued, select
from tests.api.door import Door
from tests.api.jobs import DELIVERED, Jobs
from tests.api.test_bad_input import assert_published_error
from worker.job_request import Lane


def test_a_list_of_things_is_begun_at_once_in_the_queue_for_bulk_work(door: Door, jobs: Jobs) -> None:
    answer = select(door, {"things": ["hub-1", "hub-2"]})

    job_id = accepted(answer)
    assert answer.headers["Retry-After"] == "1"
    job = answer.json
    assert (job["status"], job["success"], job["kind"]) == ("queued", None, "sync")
    assert (job["thingName"], job["shadows"], job["selection"]) == (None, [], {"things": 2})
    assert job["progress"]["things"]["total"] == job["progress"]["things"]["pending"] == 2
    assert sorted(queued(jobs)) == [("sync_thing", [job_id, "hub-1"]), ("sync_thing", [job_id, "hub-2"])]
    assert due(jobs) == {f"{job_id}/hub-1", f"{job_id}/hub-2"}
    assert queued(jobs, Lane.INTERACTIVE) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param({"all": True}, {"all": True}, id="all"),
        pytest.param({"query": "thingName:hub*"}, {"query": "thingName:hub*"}, id="query"),
        pytest.param({"thingGroup": "locks"}, {"thingGroup": "locks", "recursive": True}, id="group"),
        pytest.param(
            {"thingGroup": "locks", "recursive": False},
            {"thingGroup": "locks", "recursive": False},
            id="group, not recursive",
        ),
    ],
)
def test_what_a_worker_has_to_find_is_queued_for_one(
    door: Door, jobs: Jobs, body: dict[str, Any], told: dict[str, Any]
) -> None:
    answer = select(door, body)

    job_id = accepted(answer)
    assert (answer.json["status"], answer.json["selection"], answer.json["thingName"]) == ("resolving", told, None)
    assert answer.json["progress"]["things"]["total"] == 0
    assert queued(jobs) == [("select_things", [job_id])]
    assert due(jobs) == {job_id}


def test_what_was_found_is_synced(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"all": True}))
    find(jobs, job_id, ["hub-1", "hub-2"], ["hub-3"])
    assert door.job(job_id).json["status"] == "queued"

    end(jobs, job_id, {name: {"door": DELIVERED} for name in ("hub-1", "hub-2", "hub-3")})

    job = door.job(job_id).json
    assert (job["status"], job["success"], job["progress"]["things"]["succeeded"]) == ("succeeded", True, 3)
    assert (job["thingName"], job["shadows"]) == (None, [])


def test_a_name_that_comes_twice_is_synced_once_and_told(door: Door, jobs: Jobs) -> None:
    job = select(door, {"things": ["hub-1", "hub-2", "hub-1", "hub-1"]}).json

    assert (job["duplicates"], job["invalid"], job["selection"]) == (2, 0, {"things": 2})
    assert len(queued(jobs)) == 2


def test_of_one_thing_in_a_list_the_results_are_told_apart_too(door: Door) -> None:
    job = select(door, {"things": ["hub-1"]}).json

    assert (job["thingName"], job["selection"]) == (None, {"things": 1})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({}, "body", id="none"),
        pytest.param({"comment": "x"}, "body", id="an option alone"),
        pytest.param({"things": ["hub-1"], "all": True}, "body", id="two"),
        pytest.param({"thingGroup": "a", "query": "b"}, "body", id="two others"),
        pytest.param({"all": False}, "body", id="not all"),
        pytest.param({"things": []}, "things", id="an empty list"),
        pytest.param({"thingGroup": ""}, "thingGroup", id="an empty group"),
        pytest.param({"query": ""}, "query", id="an empty query"),
        pytest.param({"query": "x" * 1001}, "query", id="a long query"),
        pytest.param({"all": True, "recursive": True}, "body", id="recursive without a group"),
        pytest.param({"all": "yes"}, "all", id="text for a truth"),
        pytest.param({"things": "hub-1"}, "things", id="text for a list"),
        pytest.param({"things": ["hub-1", 2]}, "things.1", id="a number for a name"),
        pytest.param({"thing": ["hub-1"]}, "thing", id="misspelt"),
    ],
)
def test_a_selection_that_is_not_exactly_one_is_refused(
    door: Door, jobs: Jobs, body: dict[str, Any], field: str
) -> None:
    answer = select(door, body)

    assert answer.status == 400
    assert field in {detail["field"] for detail in answer.json["details"]}
    assert kept_for_good(jobs) == set()


def test_two_selections_are_told_apart_from_none_in_words(door: Door) -> None:
    for body in ({}, {"all": True, "query": "x"}):
        assert "exactly one of things, thingGroup, query and all" in select(door, body).json["message"]
    assert "belongs to a thingGroup" in select(door, {"query": "x", "recursive": False}).json["message"]


def test_a_name_in_a_list_that_cannot_be_is_told_by_its_number(door: Door, jobs: Jobs) -> None:
    answer = select(door, {"things": ["hub-1", "John Doe", "a/b"]})

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == ["things 2", "things 3"]
    assert answer.json["message"].startswith("2 of the names cannot be taken; nothing was started.")
    assert jobs.ids() == []
    assert kept_for_good(jobs) == set()


def test_however_much_is_wrong_a_hundred_details_are_told(door: Door) -> None:
    for body in ({"things": [1] * 5000}, {"all": True} | {f"option{number}": 1 for number in range(500)}):
        assert len(select(door, body).json["details"]) == 100


def test_with_skip_invalid_it_is_left_out_and_counted(door: Door, jobs: Jobs) -> None:
    job = select(door, {"things": ["hub-1", "John Doe", "hub-1"], "skipInvalid": True}).json

    assert (job["invalid"], job["duplicates"], job["selection"]) == (1, 1, {"things": 1})
    assert queued(jobs) == [("sync_thing", [job["jobId"], "hub-1"])]


def test_where_nothing_is_left_nothing_is_started(door: Door, jobs: Jobs) -> None:
    answer = select(door, {"things": ["John Doe"], "skipInvalid": True})

    assert answer.status == 400
    assert "all 1 names are invalid; nothing was started" in answer.json["message"]
    assert kept_for_good(jobs) == set()


@pytest.mark.parametrize(
    ("body", "field"),
    [("", "body"), (" \n", "body"), ("[", "body"), ("[]", "body"), ('"all"', "body"), (b"\xff\x00", "body")],
)
def test_a_body_that_is_no_object_is_refused(door: Door, body: str | bytes, field: str) -> None:
    assert_published_error(door.ask("POST", JOBS, headers=JSON, body=body), 400, "Bad Request", field)


def test_a_list_of_eight_mebibytes_is_taken_and_a_larger_one_refused(door: Door, jobs: Jobs) -> None:
    most = b'{"things": ["hub-1"]}'.ljust(8 * 1024 * 1024)

    assert door.ask("POST", JOBS, headers=JSON, body=most).status == 202
    jobs.redis.flushall()
    assert_published_error(door.ask("POST", JOBS, headers=JSON, body=most + b" "), 413, "Request Entity Too Large")
    assert kept_for_good(jobs) == set()


@pytest.mark.parametrize("kind", [None, "application/xml", "multipart/form-data; boundary=x"])
def test_another_media_type_is_refused_and_those_that_are_taken_are_named(
    door: Door, jobs: Jobs, kind: str | None
) -> None:
    answer = door.ask("POST", JOBS, headers={"Content-Type": kind} if kind else {}, body=b"hub-1")

    assert_published_error(answer, 415, "Unsupported Media Type")
    for named in ("application/json", "text/plain", "text/csv", "application/x-ndjson"):
        assert named in answer.json["message"]
    assert kept_for_good(jobs) == set()


def test_a_window_of_a_large_job_is_due_and_the_rest_waits(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"things": MANY, "confirm": True}))

    assert 0 < len(queued(jobs)) < 20
    assert len(queued(jobs)) == len(due(jobs))
    assert door.job(job_id).json["progress"]["things"]["pending"] == len(MANY)


def test_a_job_of_many_things_needs_credentials(door: Door, jobs: Jobs) -> None:
    answer = door.ask("POST", JOBS, headers=JSON, body='{"all": true}', credentials={})

    assert answer.status == 401
    assert jobs.ids() == []
