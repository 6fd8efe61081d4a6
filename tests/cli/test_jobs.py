"""`shadow-sync jobs`: the list of jobs."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.cli.bulk_jobs import bulk_job, telling
from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Canned, Service, ended, error, shadow


def summary(**fields: Any) -> dict[str, Any]:
    job = bulk_job(**fields)
    del job["shadows"]
    return job


def page(*jobs: dict[str, Any], cursor: str | None = None) -> Canned:
    return telling({"jobs": list(jobs), "nextCursor": cursor})


def query(service: Service) -> list[dict[str, str]]:
    return [dict(parse_qsl(urlsplit(request.path).query)) for request in service.seen]


def test_a_pipe_gets_a_line_of_tab_separated_cells_for_each_job(service: Service, command: Command) -> None:
    service.canned.append(page(summary(), summary(status="partial", comment=None, selection={"things": 3})))
    result = command("jobs")
    assert result.exit_code == 0
    more = "2000\t4012/6000\tadmin@smartphonekey.com\t2026-11-23T15:18:54Z"
    assert result.stdout.splitlines() == [
        "job\tstatus\tselection\tthings\tshadows\tby\tcreated\tcomment",
        f"{JOB_ID}\trunning\tgroup locks and those in it\t{more}\tafter the outage",
        f"{JOB_ID}\tpartial\t3 Things by name\t{more}\t-",
    ]


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"things": 1}, "1 Thing by name"),
        ({"things": 2000}, "2,000 Things by name"),
        ({"thingGroup": "locks", "recursive": False}, "group locks alone"),
        ({"query": "a:b"}, "query a:b"),
        ({"all": True}, "all Things"),
        ({"upload": "text/csv"}, "upload of text/csv"),
        ({"retryOf": "job-0"}, "retry of job-0"),
        ({"somethingNew": 1}, "-"),
    ],
)
def test_every_selection_is_told_in_words(
    service: Service, command: Command, selection: dict[str, Any], words: str
) -> None:
    service.canned.append(page(summary(selection=selection)))
    assert command("jobs").stdout.splitlines()[1].split("\t")[2] == words


def test_a_job_over_one_thing_is_told_by_its_name(service: Service, command: Command) -> None:
    job = ended(shadow("a")) | {"selection": {"thingName": "lamp"}}
    del job["shadows"]
    service.canned.append(page(job))
    assert command("jobs").stdout.splitlines()[1].split("\t")[2] == "lamp"


def test_every_filter_arrives(service: Service, command: Command) -> None:
    service.canned.append(page())
    command(
        *("jobs", "--status", "failed", "--email", "a@b.example", "--comment", "x & y"),
        *("--thing", "lamp", "--limit", "5"),
    )
    wanted = {"status": "failed", "email": "a@b.example", "comment": "x & y", "thingName": "lamp", "limit": "5"}
    assert query(service) == [wanted]


def test_short_and_empty_pages_are_followed_until_there_are_enough(service: Service, command: Command) -> None:
    service.canned.extend([page(summary(), cursor="c1"), page(cursor="c2"), page(summary(), summary(), cursor="c3")])
    assert len(command("jobs", "--limit", "2").stdout.splitlines()) == 3
    assert query(service) == [{"limit": "2"}, {"limit": "1", "cursor": "c1"}, {"limit": "1", "cursor": "c2"}]


def test_a_page_is_no_larger_than_the_service_gives(service: Service, command: Command) -> None:
    service.canned.append(page())
    command("jobs", "--limit", "5000")
    assert query(service) == [{"limit": "200"}]


def test_json_is_the_jobs_as_the_service_told_them(service: Service, command: Command) -> None:
    service.canned.append(page(summary()))
    assert json.loads(command("jobs", "--json").stdout) == {"jobs": [summary()]}


def test_a_filter_that_the_service_refuses_exits_with_2(service: Service, command: Command) -> None:
    service.canned.append(error(400, "status: no such state"))
    assert command("jobs", "--status", "done").exit_code == 2


def test_what_is_not_a_list_of_jobs_exits_with_4(service: Service, command: Command) -> None:
    service.canned.append(telling({"jobs": "many"}))
    assert command("jobs").exit_code == 4


def test_text_in_a_comment_can_neither_drive_the_terminal_nor_add_lines(service: Service, command: Command) -> None:
    service.canned.append(page(summary(comment="a\x1b[2J\nb\tc")))
    result = command("jobs")
    assert len(result.stdout.splitlines()) == 2
    assert result.stdout.splitlines()[1].split("\t")[-1] == "a [2J b c"
