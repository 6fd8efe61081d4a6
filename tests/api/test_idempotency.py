"""A POST that is repeated with the same Idempotency-Key."""

import pytest

from tests.api.door import Door, credentials
from tests.api.jobs import DELIVERED, Jobs

PATH = "/admin/shadow-sync/hub-1"


def test_the_same_key_and_request_get_the_same_job(door: Door, jobs: Jobs) -> None:
    first = door.sync(Idempotency_Key="again")
    second = door.sync(Idempotency_Key="again")
    assert (first.status, second.status) == (202, 202)
    assert first.json["jobId"] == second.json["jobId"]
    assert first.headers["Location"] == second.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert jobs.ids() == [first.json["jobId"]]
    assert jobs.redis.llen("shadow-sync:interactive") == 1


def test_a_repeated_request_can_wait_for_the_first_ones_job(door: Door, jobs: Jobs) -> None:
    first = door.sync(Idempotency_Key="again")
    jobs.end(first.json, {"door": DELIVERED})
    second = door.sync(Idempotency_Key="again", Prefer="wait=5")
    assert (second.status, second.json["jobId"], second.json["success"]) == (200, first.json["jobId"], True)
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_body_without_options_is_the_same_request_as_no_body(door: Door) -> None:
    first = door.sync(Idempotency_Key="again")
    headers = {"Idempotency-Key": "again", "Content-Type": "application/json"}
    assert door.ask("POST", PATH, headers=headers, body="{}").json["jobId"] == first.json["jobId"]


def test_the_same_key_with_another_thing_is_refused(door: Door, jobs: Jobs) -> None:
    first = door.sync("hub-1", Idempotency_Key="again")
    answer = door.sync("hub-2", Idempotency_Key="again")
    assert (answer.status, answer.json["error"], answer.json["code"]) == (422, "Unprocessable Entity", 422)
    assert answer.json["details"][0]["field"] == "Idempotency-Key"
    assert jobs.ids() == [first.json["jobId"]]


def test_two_people_can_use_the_same_key(door: Door) -> None:
    mine = door.sync(Idempotency_Key="again")
    theirs = door.ask(
        "POST", PATH, headers={"Idempotency-Key": "again"}, credentials=credentials(email="bob@smartphonekey.com")
    )
    assert theirs.status == 202
    assert theirs.json["jobId"] != mine.json["jobId"]


def test_the_key_itself_is_not_stored(door: Door, jobs: Jobs) -> None:
    door.sync(Idempotency_Key="my-key-0123456789")
    assert jobs.redis.keys("*idempotency*")
    assert not [key for key in jobs.redis.scan_iter("*") if "my-key-0123456789" in key]


@pytest.mark.parametrize("key", ["x", "a b~!", "k" * 255], ids=["one character", "printable", "255 characters"])
def test_a_key_may_be_any_printable_ascii(door: Door, key: str) -> None:
    assert door.sync(Idempotency_Key=key).status == 202


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\xe9", "a\tb"], ids=["empty", "256 characters", "accent", "tab"])
def test_any_other_key_is_refused(door: Door, jobs: Jobs, key: str) -> None:
    answer = door.sync(Idempotency_Key=key)
    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == ["Idempotency-Key"]
    assert jobs.ids() == []
