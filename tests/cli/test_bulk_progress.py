"""What is seen of a job over many Things while it goes on."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bulk_job import BulkJob
from cli.bulk_show import bulk_line
from cli.job import Job, NotAJobError
from cli.live import live_lines
from tests.cli.bulk_jobs import all_delivered, bulk_job, error_class, progress, telling
from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Service, error


def told(job: dict[str, Any]) -> BulkJob:
    return BulkJob.of(Job.parse(job))


def later(**time: float) -> str:
    # A little more, so that the time the test takes rounds nothing down.
    return (datetime.now(UTC) + timedelta(**time) + timedelta(milliseconds=400)).isoformat()


def test_a_line_tells_counts_rate_end_and_the_most_frequent_errors() -> None:
    job = bulk_job(estimatedEndAt=later(minutes=6))
    assert bulk_line(told(job)) == (
        f"{JOB_ID} running: 4,012 of 6,000 shadows, 1,000 of 2,000 Things, 12 failed; "
        "148 shadows/s, ends in about 6 min; 9 ThrottlingException, 3 FunctionError"
    )


def test_before_anything_is_counted_a_line_tells_the_state_alone() -> None:
    job = bulk_job("resolving", progress=progress(), rate=None, errorClasses=[])
    assert bulk_line(told(job)) == f"{JOB_ID} resolving"


def test_things_are_told_before_any_is_listed() -> None:
    job = bulk_job("queued", progress=progress(things=1), rate=None, errorClasses=[])
    assert bulk_line(told(job)) == f"{JOB_ID} queued: 1 Thing"


def test_what_has_landed_is_told_where_that_was_asked() -> None:
    counts = progress(things=2, ended=1, shadows=6, delivered=4, landed=3)
    job = bulk_job(progress=counts, options={"verify": True}, rate=None, errorClasses=[])
    assert bulk_line(told(job)).endswith("4 of 6 shadows, 1 of 2 Things, 3 landed")


def test_a_dry_run_is_called_one_while_it_goes_on() -> None:
    assert f"{JOB_ID} running (dry run):" in bulk_line(told(bulk_job(options={"dryRun": True})))


@pytest.mark.parametrize(
    ("ends", "words"), [({"seconds": 30}, "30 s"), ({"minutes": 6}, "6 min"), ({"hours": 5}, "5.0 h"), ({}, "0 s")]
)
def test_the_end_is_told_in_a_unit_that_a_person_would_choose(ends: dict[str, float], words: str) -> None:
    assert f"ends in about {words}" in bulk_line(told(bulk_job(estimatedEndAt=later(**ends))))


@pytest.mark.parametrize(
    ("counts", "percent"),
    [
        ({"things": 2000}, 0),
        ({"things": 2000, "begun": 40}, 0),
        ({"things": 2000, "begun": 200, "shadows": 1000, "delivered": 500}, 5),
        ({"things": 2000, "begun": 200, "ended": 800, "shadows": 5000, "delivered": 4000, "failed": 500}, 45),
        ({"things": 2000, "ended": 2000, "shadows": 6000, "delivered": 6000}, 100),
        ({"things": 2000, "ended": 500}, 25),
    ],
    ids=["counted", "listing", "begun", "halfway", "done", "without-shadows"],
)
def test_what_is_done_is_told_of_all_shadows_also_of_those_that_are_not_listed_yet(
    counts: dict[str, int], percent: int
) -> None:
    assert f" {percent} %" in live_lines(told(bulk_job(progress=progress(**counts))), 100)[0]


def test_a_terminal_gets_a_bar_that_is_as_full_as_things_are_done() -> None:
    halfway = progress(things=2000, ended=900, begun=100, shadows=3000, delivered=2988, failed=12)
    bar, counts, errors = live_lines(told(bulk_job(progress=halfway)), 100)
    assert bar.startswith("█" * 12 + "░" * 12 + "  50 %  running, 148 shadows/s")
    assert counts == "3,000 of 3,000 shadows, 900 of 2,000 Things, 12 failed"
    assert errors == "errors: 9 ThrottlingException, 3 FunctionError"


@given(columns=st.integers(1, 200), name=st.text())
def test_no_line_is_as_wide_as_the_terminal_so_that_all_of_it_can_be_taken_away(columns: int, name: str) -> None:
    lines = live_lines(told(bulk_job(errorClasses=[error_class(name, 5)])), columns)
    assert all(len(line) <= max(columns - 1, 1) for line in lines)
    assert all(character.isascii() or character in "█░" for line in lines for character in line)


def test_a_pipe_gets_a_line_for_each_state_and_none_for_each_look(service: Service, command: Command) -> None:
    going = [bulk_job("resolving", progress=progress()), bulk_job(), bulk_job(rate={"now": 9.0}), bulk_job("paused")]
    service.canned.extend(map(telling, [*going, all_delivered()]))
    lines = command("bulk", "--all", "--watch").stderr.splitlines()
    assert [line.split()[1].rstrip(":") for line in lines if line.startswith(JOB_ID)] == [
        "resolving",
        "running",
        "paused",
    ]


def test_a_selection_is_looked_at_often_until_it_is_resolved_since_a_confirmation_may_be_due(
    service: Service, command: Command
) -> None:
    service.canned.extend(map(telling, [bulk_job("queued"), bulk_job("resolving"), bulk_job()]))
    service.outcome = all_delivered()
    command("bulk", "--all", "--watch")
    assert [request.headers["Prefer"] for request in service.seen[1:]] == ["wait=1", "wait=1", "wait=10"]


def test_a_restart_of_the_service_does_not_end_the_watching(service: Service, command: Command) -> None:
    service.canned.extend([telling(bulk_job()), *[error(503, "Not now.")] * 5, telling(all_delivered())])
    assert command("bulk", "--all", "--watch").exit_code == 0


@pytest.mark.parametrize("rate", [float("inf"), float("nan"), 10**400, True, "150"], ids=lambda rate: str(rate)[:5])
def test_a_rate_that_is_none_is_not_told(rate: object) -> None:
    assert "shadows/s" not in bulk_line(told(bulk_job(rate={"now": rate})))


@pytest.mark.parametrize("ends", ["0001-01-01T00:00:00+14:00", "soon", "", 5])
def test_an_end_that_is_no_time_is_not_told(ends: object) -> None:
    assert "ends" not in bulk_line(told(bulk_job(estimatedEndAt=ends)))


KEYS = st.sampled_from(
    [*bulk_job(), "total", "now", "overall", "things", "shadows", "first", "count", "failedPercent", "minimum"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(st.dictionaries(KEYS, JSON))
def test_whatever_is_told_of_a_job_it_is_shown_in_one_line(fields: dict[str, Any]) -> None:
    with suppress(NotAJobError):
        bulk = told({**bulk_job(), **fields})
        assert len(bulk_line(bulk).splitlines()) == 1
        assert live_lines(bulk, 80)
