"""What a sync can be asked for in its body, and how a worker hears of it."""

import json
from typing import Any

import pytest

from tests.api.door import Door
from tests.api.jobs import Jobs
from worker.job import Work

JSON = {"Content-Type": "application/json"}


def ask(door: Door, options: Any, **headers: str) -> Any:
    return door.ask("POST", "/admin/shadow-sync/hub-1", headers=JSON | headers, body=json.dumps(options))


@pytest.mark.parametrize("asked", [{}, {"ignoreWhere": False}, {"ignoreWhere": True}])
def test_options_are_told_back_and_reach_the_worker(door: Door, jobs: Jobs, asked: dict[str, bool]) -> None:
    job = ask(door, asked).json

    told = {"ignoreWhere": asked.get("ignoreWhere", False), "verify": False, "onlyDrifted": False}
    assert job["options"].items() >= told.items()
    lease = jobs.store.lease(Work(job["jobId"], "hub-1"))
    assert lease
    assert lease.options.ignore_where is asked.get("ignoreWhere", False)


@pytest.mark.parametrize(
    "options",
    [{"ignoreWhere": "yes"}, {"ignoreWhere": 1}, {"ignoreWhere": None}, {"ignorewhere": True}, {"verify": "no"}],
)
def test_an_option_that_means_nothing_is_refused(door: Door, options: Any) -> None:
    answer = ask(door, options)

    assert answer.status == 400
    assert answer.json["details"][0]["field"].lower() in ("ignorewhere", "verify")


def test_an_idempotency_key_goes_with_its_options(door: Door) -> None:
    headers = {"Idempotency-Key": "once"}
    first = ask(door, {"ignoreWhere": True}, **headers)

    assert ask(door, {"ignoreWhere": True}, **headers).json["jobId"] == first.json["jobId"]
    assert ask(door, {}, **headers).status == 422


@pytest.mark.parametrize("path", ["/admin/shadow-sync/hub-1", "/admin/shadow-drift/hub-1"])
def test_what_needs_the_rows_is_refused_where_nobody_knows_them(door: Door, jobs: Jobs, path: str) -> None:
    body = None if "drift" in path else json.dumps({"verify": True})
    answer = door.ask("POST", path, headers=JSON, body=body)

    assert answer.status == 422
    assert "SHADOW_SYNC_SPACETIMEDB_URL" in answer.json["message"]
    assert jobs.ids() == []
