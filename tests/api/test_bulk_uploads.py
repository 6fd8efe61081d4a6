"""A file of names as the body of a POST: line by line, all or nothing, and nothing is left of what is refused."""

import random

import pytest

from tests.api.bulk_jobs import JOBS, accepted, due, kept_for_good, queued, upload
from tests.api.door import Door
from tests.api.jobs import Jobs
from tests.api.test_bad_input import assert_published_error

NAMES = b"".join(b"hub-%05d\n" % number for number in range(5000))


def assert_nothing_is_left(jobs: Jobs) -> None:
    assert jobs.ids() == []
    assert (queued(jobs), due(jobs)) == ([], set())
    assert kept_for_good(jobs) == set()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"hub-1\nhub-2\n"),
        ("Text/Plain; charset=utf-8", b"\xef\xbb\xbfhub-1\r\n\r\n hub-2"),
        ("text/csv", b"note,thingName\nx y,hub-1\n,hub-2\n"),
        ("text/csv; header=absent", b"hub-1,x\nhub-2,y\n"),
        ("application/x-ndjson", b'"hub-1"\n{"thingName": "hub-2"}\n'),
    ],
)
def test_the_names_of_a_file_are_begun(door: Door, jobs: Jobs, kind: str, body: bytes) -> None:
    answer = upload(door, body, kind=kind)

    job_id = accepted(answer)
    assert answer.json["selection"] == {"upload": kind.partition(";")[0].lower()}
    assert (answer.json["progress"]["things"]["total"], answer.json["thingName"]) == (2, None)
    assert sorted(args for _, args in queued(jobs)) == [[job_id, "hub-1"], [job_id, "hub-2"]]


def test_a_file_can_come_in_chunks(door: Door, jobs: Jobs) -> None:
    pieces = iter([NAMES[at : at + 777] for at in range(0, len(NAMES), 777)])
    headers = {"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}

    answer = door.ask("POST", f"{JOBS}?confirm=true", headers=headers, body=pieces, chunked=True)

    assert answer.json["progress"]["things"]["total"] == 5000
    assert jobs.ids() == [answer.json["jobId"]]


@pytest.mark.parametrize("body", [b"", b"\n \r\n\t\n", b"\xef\xbb\xbf"], ids=["nothing", "blank lines", "a mark"])
@pytest.mark.parametrize("kind", ["text/plain", "text/csv", "application/x-ndjson"])
def test_a_file_without_names_is_refused(door: Door, jobs: Jobs, kind: str, body: bytes) -> None:
    answer = upload(door, body, kind=kind)

    assert_published_error(answer, 400, "Bad Request", "body")
    assert "holds no name; nothing was started" in answer.json["message"]
    assert_nothing_is_left(jobs)


def test_of_100_001_names_one_is_bad_so_none_is_begun(door: Door, jobs: Jobs) -> None:
    lines = [b"hub-%06d" % number for number in range(1, 100_002)]
    lines[70_000] = b"John Doe"

    answer = upload(door, b"\n".join(lines))

    assert_published_error(answer, 400, "Bad Request", "line 70001")
    assert '"John Doe" is not a legal AWS IoT thing name' in answer.json["details"][0]["message"]
    assert answer.json["message"].startswith("1 of the names cannot be taken; nothing was started.")
    assert_nothing_is_left(jobs)

    answer = upload(door, b"\n".join(lines), query="skipInvalid=true&confirm=true")
    assert (answer.json["invalid"], answer.json["progress"]["things"]["total"]) == (1, 100_000)


def test_a_name_twice_is_one_thing_and_told_wherever_it_stands(door: Door) -> None:
    body = b"hub-00000\n" + NAMES + NAMES[:30]

    job = upload(door, body, query="confirm=true").json

    assert (job["duplicates"], job["progress"]["things"]["total"]) == (4, 5000)


def test_every_bad_line_is_counted_and_a_hundred_are_told(door: Door, jobs: Jobs) -> None:
    answer = upload(door, b"hub-1\n" + b"a b\n" * 250)

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == [f"line {number}" for number in range(2, 102)]
    assert "250 of the names cannot be taken, of which the first 100 are told" in answer.json["message"]
    assert "skipInvalid" in answer.json["message"]
    assert_nothing_is_left(jobs)


@pytest.mark.parametrize("kind", ["text/plain", "text/csv", "application/x-ndjson"])
def test_binary_garbage_is_refused(door: Door, jobs: Jobs, kind: str) -> None:
    answer = upload(door, random.Random(7).randbytes(300_000), kind=kind)

    assert answer.status == 400
    assert len(answer.json["details"]) <= 100
    assert all(detail["message"].isprintable() for detail in answer.json["details"])
    assert_nothing_is_left(jobs)
