"""The audit's entries: newest first, page by page, the last of them only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from worker.audit import Audit, Entry

ENTRY = Entry(
    at=datetime(2026, 1, 31, 12, 0, 0, 123000, UTC),
    request_id="req_1",
    email="ada@smartphonekey.com",
    api_key="ops",
    method="POST",
    path="/admin/shadow-sync/Hub:1\0é",
    job_id=None,
    remote_address="127.0.0.1",
    status=202,
)


@pytest.fixture
def audit(redis: "Redis") -> Audit:
    return Audit(redis)


def numbered(count: int, **changes: str) -> list[Entry]:
    return [replace(ENTRY, request_id=f"req_{number}", **changes) for number in range(count)]  # type: ignore[arg-type]


def pages(audit: Audit, limit: int, *, email: str | None = None, job_id: str | None = None) -> list[list[Entry]]:
    """All of them, from the newest entry to the end."""
    found, after = audit.page(limit=limit, email=email, job_id=job_id)
    every = [found]
    while after is not None:
        found, after = audit.page(limit=limit, after=after, email=email, job_id=job_id)
        every.append(found)
    return every


def add_many(redis: "Redis", count: int, email: str) -> None:
    """Faster than one by one."""
    with redis.pipeline(transaction=False) as pipeline:
        for _ in range(count):
            pipeline.xadd("shadow-sync:audit", fields(email))
        pipeline.execute()


def fields(email: str) -> dict[Any, Any]:
    same = dict.fromkeys(("request_id", "api_key", "method", "path", "job_id", "remote_address"), "x")
    return {**same, "at": ENTRY.at.isoformat(), "email": email, "status": 202}


def test_an_entry_is_read_as_it_was_written(audit: Audit) -> None:
    of_a_job = replace(ENTRY, job_id="5f0c3c1b7f0e4b0c9a3f6f1de2a84c55", status=500)
    audit.add(ENTRY)
    audit.add(of_a_job)

    assert audit.page(limit=10) == ([of_a_job, ENTRY], None)


def test_before_the_first_entry_there_is_none(audit: Audit) -> None:
    assert audit.page(limit=10) == ([], None)


def test_every_entry_is_on_one_page_also_where_new_ones_come_meanwhile(audit: Audit) -> None:
    entries = numbered(7)
    for entry in entries:
        audit.add(entry)
    first, after = audit.page(limit=3)
    audit.add(ENTRY)

    second, after = audit.page(limit=3, after=after)
    third, after = audit.page(limit=3, after=after)

    assert [*first, *second, *third] == entries[::-1]
    assert after is None


def test_filters_choose(audit: Audit) -> None:
    ada, ben = numbered(1)[0], numbered(1, email="ben@smartphonekey.com", job_id="job-1")[0]
    audit.add(ada)
    audit.add(ben)

    assert pages(audit, 10, email=ada.email) == [[ada]]
    assert pages(audit, 10, job_id="job-1") == [[ben]]
    assert pages(audit, 10, email=ada.email, job_id="job-1") == [[]]


def test_a_page_looks_at_two_thousand_entries_at_most(audit: Audit, redis: "Redis") -> None:
    audit.add(ENTRY)
    add_many(redis, 4500, "ben@smartphonekey.com")

    assert pages(audit, 10, email=ENTRY.email) == [[], [], [ENTRY]]
    assert [len(page) for page in pages(audit, 10_000)] == [2000, 2000, 501]


def test_only_so_many_are_kept(redis: "Redis") -> None:
    add_many(redis, 1000, ENTRY.email)
    Audit(redis, kept=300).add(ENTRY)

    # The server drops whole nodes of a hundred.
    assert 300 <= redis.xlen("shadow-sync:audit") < 400


def test_entries_that_are_too_old_are_dropped_by_the_next_one(audit: Audit, redis: "Redis") -> None:
    for days in (91, 89):
        stamp = int((datetime.now(UTC) - timedelta(days=days)).timestamp() * 1000)
        redis.xadd("shadow-sync:audit", fields(f"{days}@smartphonekey.com"), id=f"{stamp}-0")

    assert [entry.email for entry in audit.page(limit=10)[0]] == ["89@smartphonekey.com"]
    audit.add(ENTRY)
    assert redis.xlen("shadow-sync:audit") == 2
    assert [entry.email for entry in audit.page(limit=10)[0]] == [ENTRY.email, "89@smartphonekey.com"]
