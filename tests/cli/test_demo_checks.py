"""What makes the demo fail although every part of it ran."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.demo_checks import NotAsExpectedError, expect_drift, expect_landed, expect_rows
from cli.job import Job
from cli.table import Row
from tests.cli.service import ended, shadow

RECEIVED = {"request-of-a", "request-of-b"}


def job(*shadows: dict[str, Any], errors: tuple[str, ...] = ()) -> Job:
    return Job.parse(ended(*shadows, errors=errors))


def rows(**versions: int) -> dict[str, Row]:
    return {name: Row(name, version, "{}", datetime(2026, 11, 28, tzinfo=UTC)) for name, version in versions.items()}


def test_what_was_delivered_received_and_has_landed_is_as_expected() -> None:
    expect_landed(job(shadow("a", landed=True), shadow("b", landed=True)), 2, [*RECEIVED, "another"])


@pytest.mark.parametrize(
    ("shadows", "received", "told"),
    [
        ([shadow("a", landed=True)], RECEIVED, "1 of 2 shadows were delivered, 1 have landed"),
        (
            [shadow("a", landed=True), shadow("b", status="failed", error="ResourceNotFoundException: no function")],
            RECEIVED,
            "lamp: 1 of 2 shadows were delivered, 1 have landed; b: ResourceNotFoundException: no function",
        ),
        (
            [shadow("a", landed=True), shadow("b", landed=False, error="NotLandedError: no row, in 1 s")],
            RECEIVED,
            "2 of 2 shadows were delivered, 1 have landed; b: NotLandedError: no row, in 1 s",
        ),
        ([shadow("a", landed=True), shadow("b")], RECEIVED, "2 of 2 shadows were delivered, 1 have landed"),
        (
            [shadow("a", landed=True), shadow("b", landed=True)],
            {"request-of-a", "another"},
            "lamp: the Lambda never received 1 of the delivered events",
        ),
    ],
)
def test_what_was_not_delivered_or_not_received_or_has_not_landed_is_told(
    shadows: list[dict[str, Any]], received: Collection[object], told: str
) -> None:
    errors = tuple(f"{one['shadowName']}: {one['error']}" for one in shadows if one["error"])
    with pytest.raises(NotAsExpectedError, match=re.escape(told)):
        expect_landed(job(*shadows, errors=errors), 2, received)


def test_a_job_that_failed_is_not_as_expected_whatever_its_shadows_say() -> None:
    shadows = [shadow("a", landed=True, drift="equal"), shadow("b", landed=True, drift="equal")]
    failed = job(*shadows, errors=("lamp: gone",))
    with pytest.raises(NotAsExpectedError, match="lamp: gone"):
        expect_landed(failed, 2, RECEIVED)
    with pytest.raises(NotAsExpectedError, match="lamp: gone"):
        expect_drift({"lamp": failed}, "equal")


def test_one_shadow_that_differs_otherwise_is_enough() -> None:
    compared = {
        "lamp": job(shadow("a", drift="equal")),
        "lock": job(shadow("a", drift="equal"), shadow("b", drift="stale")),
    }
    with pytest.raises(NotAsExpectedError, match="1 of 2 shadows are equal here, not all"):
        expect_drift(compared, "equal")
    expect_drift({"lamp": compared["lamp"]}, "equal")


@pytest.mark.parametrize("there", [{"a": 7}, {"a": 7, "b": 6}, {"a": 7, "b": 7, "c": 1}])
def test_a_row_that_is_missing_old_or_too_many_is_told(there: Mapping[str, int]) -> None:
    compared = job(shadow("a", version=7), shadow("b", version=7))
    with pytest.raises(NotAsExpectedError, match="lamp: 1 of its rows"):
        expect_rows(compared, rows(**there))
    expect_rows(compared, rows(a=7, b=7))
