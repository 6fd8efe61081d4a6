"""All results of a job at once: an object a line, or a table."""

import csv
import http.client
import io
import json
import socket
from contextlib import closing
from typing import Any

import pytest

from tests.api.bulk_jobs import JOBS, ONE_SHADOW, accepted, end, ended_job, select
from tests.api.door import Answer, Door
from tests.api.jobs import DELIVERED, Jobs
from tests.api.test_bad_input import assert_published_error
from tests.api.test_results import FLEET, walk
from tests.api.webhook import Webhook
from worker.job import Outcome, ShadowStatus, Work

NDJSON, CSV = "application/x-ndjson", "text/csv"
COLUMNS = [
    *("thingName", "shadowName", "status", "version", "attempts", "lambdaStatusCode", "lambdaRequestId"),
    *("error", "landed", "landedVersion", "landingMs", "rowVersion"),
]


def stream(door: Door, job_id: str, accept: str, query: str = "") -> Answer:
    return door.ask("GET", f"{JOBS}/{job_id}/results?{query}", headers={"Accept": accept})


def lines(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200
    assert answer.headers["Content-Type"] == NDJSON
    assert answer.body == b"" or answer.body.endswith(b"\n")
    return [json.loads(line) for line in answer.body.splitlines()]


def table(answer: Answer) -> list[list[str]]:
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.body.decode(), newline="")))


@pytest.mark.parametrize("query", ["", "failed=true", "thingName=hub-3", "errorClass=ThrottlingException"])
def test_the_lines_are_the_results_of_the_pages(door: Door, jobs: Jobs, query: str) -> None:
    job_id = ended_job(door, jobs, FLEET)
    rows = walk(door, job_id, query)

    assert rows
    assert lines(stream(door, job_id, NDJSON, query)) == rows
    head, *cells = table(stream(door, job_id, CSV, query))
    assert head == COLUMNS == list(rows[0])
    assert cells == [["" if row[name] is None else str(row[name]) for name in COLUMNS] for row in rows]


def test_the_table_has_truths_and_texts_as_others_read_them(webhook: Webhook, jobs: Jobs) -> None:
    job_id = accepted(select(webhook.door, {"things": ["hub-1"], "verify": True}))
    refused = Outcome(status=ShadowStatus.FAILED, error='FunctionError: said "no", twice')
    end(jobs, job_id, {"hub-1": {"attic": refused, "door": DELIVERED, "light": DELIVERED}})
    lease = jobs.store.lease(Work(job_id, "hub-1"))
    assert lease
    jobs.store.land(lease, {"door": 7}, late="NotLandedError: no row, in 30 s")

    answer = stream(webhook.door, job_id, CSV)

    assert b'"FunctionError: said ""no"", twice"' in answer.body
    rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in table(answer)[1:]]
    assert [row["landed"] for row in rows] == ["", "true", "false"]
    assert [row["error"] for row in rows] == [refused.error, "", "NotLandedError: no row, in 30 s"]


def test_a_stream_of_a_large_job_is_whole(door: Door, jobs: Jobs) -> None:
    job_id = ended_job(door, jobs, {f"hub-{number:03}": ONE_SHADOW for number in range(450)})

    told = [row["thingName"] for row in lines(stream(door, job_id, NDJSON))]

    assert sorted(told) == [f"hub-{number:03}" for number in range(450)]
    assert [row["thingName"] for row in walk(door, job_id, "limit=1000")] == told
    assert len(table(stream(door, job_id, CSV))) == 451


@pytest.mark.parametrize("accept", [NDJSON, CSV])
def test_a_stream_whose_rest_expires_meanwhile_breaks_off_and_does_not_end_as_if_that_were_all(
    door: Door, jobs: Jobs, accept: str
) -> None:
    job_id = ended_job(door, jobs, {"h" * 128: {"s" * 64: DELIVERED}})
    key = f"shadow-sync:job:{job_id}:results"
    # 16 MB or more, where a connection takes 4 MB, and what the other end takes, before anybody reads.
    [one] = jobs.redis.lrange(key, 0, -1)
    for _ in range(60):
        jobs.redis.rpush(key, *[one] * 1000)
    headers = {**door.credentials, "Accept": accept}
    with closing(http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)) as connection:
        connection.connect()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.request("GET", f"{JOBS}/{job_id}/results", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.readline()

        jobs.redis.delete(key)

        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()


def test_of_a_job_without_results_yet_the_stream_is_empty(door: Door) -> None:
    job_id = accepted(select(door, {"all": True}))

    assert lines(stream(door, job_id, NDJSON)) == []
    assert table(stream(door, job_id, CSV)) == [COLUMNS]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("application/json, text/csv;q=0.5", "application/json"),
        ("application/json;q=0.5, text/csv", CSV),
        ("text/*", CSV),
        ("application/x-ndjson, */*;q=0.1", NDJSON),
        ("image/png", "application/json"),
        ("nonsense", "application/json"),
    ],
)
def test_who_takes_several_forms_gets_the_best(door: Door, jobs: Jobs, accept: str, kind: str) -> None:
    job_id = ended_job(door, jobs, {"hub-1": ONE_SHADOW})

    assert stream(door, job_id, accept).headers["Content-Type"].partition(";")[0] == kind


@pytest.mark.parametrize("accept", [NDJSON, CSV])
def test_a_stream_has_no_pages(door: Door, jobs: Jobs, accept: str) -> None:
    job_id = ended_job(door, jobs, {"hub-1": {"a": DELIVERED, "b": DELIVERED}})
    cursor = door.ask("GET", f"{JOBS}/{job_id}/results?limit=1").json["nextCursor"]

    assert_published_error(stream(door, job_id, accept, "limit=10"), 400, "Bad Request", "limit")
    assert_published_error(stream(door, job_id, accept, f"cursor={cursor}"), 400, "Bad Request", "cursor")


@pytest.mark.parametrize("accept", [NDJSON, CSV])
def test_an_error_is_json_whatever_was_to_be_streamed(door: Door, jobs: Jobs, accept: str) -> None:
    job_id = ended_job(door, jobs, {"hub-1": ONE_SHADOW})
    assert_published_error(stream(door, job_id, accept, "status=done"), 400, "Bad Request", "status")

    jobs.redis.delete(f"shadow-sync:job:{job_id}:results")

    assert_published_error(stream(door, job_id, accept), 410, "Gone")
    assert_published_error(stream(door, "0" * 32, accept), 404, "Not Found")
