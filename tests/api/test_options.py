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

    assert job["options"] == {"ignoreWhere": asked.get("ignoreWhere", False)}
    lease = jobs.store.lease(Work(job["jobId"], "hub-1"))
    assert lease
    assert lease.options.ignore_where is asked.get("ignoreWhere", False)


@pytest.mark.parametrize(
    "options", [{"ignoreWhere": "yes"}, {"ignoreWhere": 1}, {"ignoreWhere": None}, {"ignorewhere": True}]
)
def test_an_option_that_means_nothing_is_refused(door: Door, options: Any) -> None:
    answer = ask(door, options)

    assert answer.status == 400
    assert "ignore" in answer.json["details"][0]["field"].lower()


def test_an_idempotency_key_goes_with_its_options(door: Door) -> None:
    headers = {"Idempotency-Key": "once"}
    first = ask(door, {"ignoreWhere": True}, **headers)

    assert ask(door, {"ignoreWhere": True}, **headers).json["jobId"] == first.json["jobId"]
    assert ask(door, {}, **headers).status == 422
