"""What a job of many Things can be asked for, in its body or in an upload's query, and how workers hear of it."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.api.bulk_jobs import JOBS, JSON, accepted, begin, find, kept_for_good, select, upload
from tests.api.door import Door
from tests.api.jobs import Jobs
from tests.api.webhook import Webhook
from worker.job_request import JobOptions, Tolerance

EVERYTHING: dict[str, Any] = {
    "shadows": {"include": ["config*", "door"], "exclude": ["*-old"]},
    "dryRun": False,
    "ignoreWhere": True,
    "verify": True,
    "onlyDrifted": True,
    "maxShadowsPerSecond": 12.5,
    "tolerance": {"failedPercent": 2.5, "minimum": 40},
    "confirm": True,
    "skipInvalid": True,
    "comment": "after the outage, part 1",
}
IN_THE_QUERY = (
    "include=config*&include=door&exclude=*-old&dryRun=false&ignoreWhere=true&verify=true&onlyDrifted=true"
    "&maxShadowsPerSecond=12.5&failedPercent=2.5&minimum=40&confirm=true&skipInvalid=true"
    "&comment=after%20the%20outage,%20part%201"
)
TOLD = {name: value for name, value in EVERYTHING.items() if name not in ("confirm", "skipInvalid", "comment")}
NOTHING = {
    "ignoreWhere": False,
    "verify": False,
    "onlyDrifted": False,
    "dryRun": False,
    "shadows": {"include": [], "exclude": []},
    "maxShadowsPerSecond": None,
    "tolerance": None,
}


def sent(door: Door, name: str, value: object) -> Any:
    """A selection with one option."""
    return select(door, {"things": ["hub-1"], name: value})


def test_all_options_are_told_back_and_reach_the_worker(webhook: Webhook, jobs: Jobs) -> None:
    """By the API that knows where the rows are."""
    job = select(webhook.door, {"things": ["hub-1"], **EVERYTHING}).json

    assert (job["options"], job["comment"]) == (TOLD, "after the outage, part 1")
    options = begin(jobs, job["jobId"], "hub-1").options
    assert options == JobOptions(
        ignore_where=True,
        verify=True,
        only_drifted=True,
        include=("config*", "door"),
        exclude=("*-old",),
        max_per_second=12.5,
        tolerance=Tolerance(2.5, 40),
    )
    assert [options.wants(name) for name in ("config-1", "Config", "door", "config-old")] == [True, False, True, False]


def test_the_options_of_an_upload_are_in_the_query(webhook: Webhook, jobs: Jobs) -> None:
    job = upload(webhook.door, b"hub-1\nJohn Doe\n", query=IN_THE_QUERY).json

    assert (job["options"], job["comment"], job["invalid"]) == (TOLD, "after the outage, part 1", 1)
    in_json = select(webhook.door, {"things": ["hub-1"], **EVERYTHING}).json
    assert begin(jobs, job["jobId"], "hub-1").options == begin(jobs, in_json["jobId"], "hub-1").options


def test_who_asks_for_nothing_gets_the_usual(door: Door, jobs: Jobs) -> None:
    for answer in (select(door, {"things": ["hub-1"]}), upload(door, b"hub-1"), select(door, {"all": True})):
        assert (answer.json["options"], answer.json["comment"]) == (NOTHING, None)
        assert jobs.redis.hget(f"shadow-sync:job:{answer.json['jobId']}", "options") == ""


def test_a_tolerance_has_a_minimum_of_twenty(door: Door) -> None:
    told = {"failedPercent": 10.0, "minimum": 20}
    assert sent(door, "tolerance", {"failedPercent": 10}).json["options"]["tolerance"] == told
    assert upload(door, b"hub-1", query="failedPercent=10").json["options"]["tolerance"] == told


def test_options_go_with_what_is_found_too(door: Door, jobs: Jobs) -> None:
    job_id = accepted(select(door, {"all": True, "dryRun": True, "shadows": {"include": ["a"]}}))
    find(jobs, job_id, ["hub-1"])

    assert begin(jobs, job_id, "hub-1").options == JobOptions(dry_run=True, include=("a",))


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("dryRun", "true", "dryRun"),
        ("ignoreWhere", 1, "ignoreWhere"),
        ("verify", None, "verify"),
        ("onlyDrifted", "no", "onlyDrifted"),
        ("confirm", 0, "confirm"),
        ("skipInvalid", [], "skipInvalid"),
        ("comment", "x" * 501, "comment"),
        ("comment", None, "comment"),
        ("maxShadowsPerSecond", 0, "maxShadowsPerSecond"),
        ("maxShadowsPerSecond", -1, "maxShadowsPerSecond"),
        ("maxShadowsPerSecond", 100_001, "maxShadowsPerSecond"),
        ("maxShadowsPerSecond", "10", "maxShadowsPerSecond"),
        ("maxShadowsPerSecond", float("nan"), "maxShadowsPerSecond"),
        ("maxShadowsPerSecond", float("inf"), "maxShadowsPerSecond"),
        ("tolerance", {}, "tolerance.failedPercent"),
        ("tolerance", {"failedPercent": 101}, "tolerance.failedPercent"),
        ("tolerance", {"failedPercent": -0.1}, "tolerance.failedPercent"),
        ("tolerance", {"failedPercent": float("nan")}, "tolerance.failedPercent"),
        ("tolerance", {"failedPercent": 1, "minimum": 0}, "tolerance.minimum"),
        ("tolerance", {"failedPercent": 1, "most": 1}, "tolerance.most"),
        ("shadows", ["config*"], "shadows"),
        ("shadows", {"only": ["config*"]}, "shadows.only"),
        ("shadows", {"include": [""]}, "shadows.include.0"),
        ("shadows", {"exclude": ["x" * 129]}, "shadows.exclude.0"),
        ("shadows", {"include": ["x"] * 101}, "shadows.include"),
        ("dryrun", True, "dryrun"),
    ],
)
def test_an_option_that_means_nothing_is_refused(door: Door, jobs: Jobs, name: str, value: Any, field: str) -> None:
    answer = sent(door, name, value)

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == [field]
    assert kept_for_good(jobs) == set()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("dryRun=maybe", "dryRun"),
        ("maxShadowsPerSecond=0", "maxShadowsPerSecond"),
        ("maxShadowsPerSecond=nan", "maxShadowsPerSecond"),
        ("failedPercent=NaN", "failedPercent"),
        ("failedPercent=101", "failedPercent"),
        ("minimum=5", "minimum"),
        ("failedPercent=1&minimum=0", "minimum"),
        ("include=", "include.0"),
        ("&".join(["exclude=x"] * 101), "exclude"),
        (f"comment={'x' * 501}", "comment"),
        ("shadows=config*", "shadows"),
        ("dry_run=true", "dry_run"),
        ("confrim=true", "confrim"),
    ],
)
def test_in_the_query_of_an_upload_too(door: Door, jobs: Jobs, query: str, field: str) -> None:
    answer = upload(door, b"hub-1", query=query)

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == [field]
    assert kept_for_good(jobs) == set()


@pytest.mark.parametrize("query", ["dryRun=true", "confirm=false", "comment="])
def test_options_in_the_query_of_a_json_body_are_refused(door: Door, jobs: Jobs, query: str) -> None:
    answer = door.ask("POST", f"{JOBS}?{query}", headers=JSON, body='{"all": true}')

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == [query.partition("=")[0]]
    assert "a JSON body has a member for it" in answer.json["message"]
    assert jobs.ids() == []


def test_a_dry_run_cannot_be_verified(webhook: Webhook, jobs: Jobs) -> None:
    refused = [
        select(webhook.door, {"things": ["hub-1"], "dryRun": True, "verify": True}),
        upload(webhook.door, b"hub-1", query="dryRun=true&verify=true"),
    ]

    for answer in refused:
        assert answer.status == 422
        assert "nothing to verify: leave one of them out" in answer.json["message"]
    assert jobs.ids() == []


@pytest.mark.parametrize("option", ["verify", "onlyDrifted"])
def test_what_needs_the_rows_is_refused_where_nobody_knows_them(door: Door, jobs: Jobs, option: str) -> None:
    for answer in (select(door, {"all": True, option: True}), upload(door, b"hub-1", query=f"{option}=true")):
        assert answer.status == 422
        assert "SHADOW_SYNC_SPACETIMEDB_URL" in answer.json["message"]
    assert jobs.ids() == []


def test_a_comment_is_any_text(door: Door) -> None:
    comment = 'Türen "7"\n\u2028\x00<b>🔑' + "x" * 480
    told = sent(door, "comment", comment).json
    assert told["comment"] == door.job(told["jobId"]).json["comment"] == comment
    assert upload(door, b"hub-1", query=f"comment={quote(comment)}").json["comment"] == comment
