"""What the OpenAPI document says about jobs of many Things is what the API does."""

from typing import Any

import pytest

from tests.api.bulk_jobs import JOBS, JSON, MANY, end, ended_job, select, steer, upload
from tests.api.door import Answer, Door
from tests.api.jobs import DELIVERED, FAILED, Jobs
from tests.api.test_openapi import JOB, assert_documented


@pytest.fixture(scope="module")
def document(shared_door: Door) -> Any:
    return shared_door.ask("GET", "/openapi.json", credentials={}).json


def test_answers_about_many_things_are_as_documented(document: Any, door: Door, jobs: Jobs) -> None:
    def steered(how: str, job_id: str) -> Answer:
        answer = steer(door, job_id, how)
        assert_documented(document, answer, "post", f"{JOB}/{how}")
        return answer

    answers = [
        select(door, {"things": ["hub-1", "hub-2"]}, Idempotency_Key="k", Prefer="respond-async"),
        upload(door, b"hub-1", query="comment=x&include=a*&failedPercent=5&maxShadowsPerSecond=1000"),
        select(door, {"all": True}),
        select(door, {"thingGroup": "locks", "recursive": False}),
        select(door, {"things": MANY}),
        select(door, {"query": "x"}, Idempotency_Key="k"),
        select(door, {"things": ["a b"]}),
        door.ask("POST", JOBS, body="x"),
        door.ask("POST", JOBS, headers=JSON, body=b" " * (8 * 1024 * 1024 + 1)),
        door.ask("POST", JOBS, credentials={}),
    ]
    assert [answer.status for answer in answers] == [202, 202, 202, 202, 202, 422, 400, 415, 413, 401]
    for answer in answers:
        assert_documented(document, answer, "post", JOBS)
    parent, other, found, _, waiting = (answer.json["jobId"] for answer in answers[:5])
    told = [("pause", found), ("resume", found), ("confirm", found), ("confirm", waiting), ("cancel", found)]
    assert [steered(*each).status for each in told] == [200, 202, 409, 202, 200]
    assert [steered(how, "0" * 32).status for how in ("pause", "resume", "confirm", "cancel", "retry")] == [404] * 5
    assert steered("retry", parent).status == 409
    end(jobs, parent, {"hub-1": {"door": DELIVERED, "light": FAILED}, "hub-2": "X: y"})
    ended = select(door, {"things": ["hub-1", "hub-2"]}, Idempotency_Key="k", Prefer="wait=5")
    assert ended.status == 200
    assert_documented(document, ended, "post", JOBS)
    assert steered("retry", parent).status == 202
    for job_id in (parent, other, found, waiting, steered("retry", parent).json["jobId"]):
        assert_documented(document, door.job(job_id), "get", JOB)
    assert_documented(document, door.ask("GET", JOBS), "get", JOBS)
    assert_documented(document, door.ask("GET", "/admin/shadow-sync-audit"), "get", "/admin/shadow-sync-audit")


def test_results_are_as_documented(document: Any, door: Door, jobs: Jobs) -> None:
    path, job_id = f"{JOB}/results", ended_job(door, jobs, {"hub-1": {"a": DELIVERED, "b": FAILED}, "hub-2": "X: y"})
    asked = f"{JOBS}/{job_id}/results"
    pages = [door.ask("GET", f"{asked}?{query}") for query in ("", "limit=1", "failed=true", "limit=0")]
    assert [page.status for page in pages] == [200, 200, 200, 400]
    kinds = document["paths"][path]["get"]["responses"]["200"]["content"].keys()
    assert kinds == {"application/json", "application/x-ndjson", "text/csv"}
    for kind in kinds:
        assert door.ask("GET", asked, headers={"Accept": kind}).headers["Content-Type"].startswith(kind)
    jobs.redis.delete(f"shadow-sync:job:{job_id}:results")
    pages += [door.ask("GET", asked), door.ask("GET", f"{JOBS}/{'0' * 32}/results")]
    assert [page.status for page in pages[-2:]] == [410, 404]
    for page in pages:
        assert_documented(document, page, "get", path)


def test_it_says_what_an_upload_may_be_and_what_its_query_may_hold(document: Any) -> None:
    operation = document["paths"][JOBS]["post"]
    kinds = {"application/json", "text/plain", "text/csv", "application/x-ndjson"}
    assert operation["requestBody"]["required"] is True
    assert operation["requestBody"]["content"].keys() == kinds
    query = {one["name"]: one for one in operation["parameters"] if one["in"] == "query"}
    assert query.keys() == {
        *("include", "exclude", "dryRun", "ignoreWhere", "verify", "onlyDrifted", "maxShadowsPerSecond"),
        *("failedPercent", "minimum", "confirm", "skipInvalid", "comment"),
    }
    assert not [name for name, one in query.items() if one["required"]]


def test_the_body_that_the_docs_page_fills_in_is_taken(document: Any, door: Door) -> None:
    members = document["components"]["schemas"]["BulkRequest"]["properties"]
    body = {name: member["examples"][0] for name, member in members.items() if "examples" in member}
    assert {"things", "thingGroup", "query", "all", "dryRun", "comment"} <= body.keys()

    job = select(door, body).json

    assert job["selection"] == {"things": len(body["things"])}
