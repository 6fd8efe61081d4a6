"""The HTTP API as the command speaks it: start a job, read it, steer it, look at the list of jobs and at results."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from cli.access import Access
from cli.answer import Answer, Page, read_job, read_page
from cli.connection import Connection
from cli.upload import Upload

JOBS = "/admin/shadow-sync-jobs"

Query = Sequence[tuple[str, str]]


class Client:
    """Asks one service with one pair of credentials. A deadline is a reading of ``time.monotonic()``.

    Every call raises a :class:`cli.failures.FailureError` or :class:`cli.failures.MalformedError`, and nothing else.
    """

    def __init__(self, access: Access) -> None:
        self._connection = Connection(access)

    def create_job(
        self,
        thing: str,
        *,
        wait: int,
        deadline: float,
        ignore_where: bool = False,
        only_drifted: bool = False,
        verify: bool | None = None,
    ) -> Answer:
        """Start a sync of *thing*; wait up to *wait* seconds for its end (0: do not wait).

        *ignore_where*: of those shadows too for which the topic rule would not have fired. *only_drifted*: of those
        alone whose rows have another version. *verify*: whether the job goes on until the rows have landed; None
        leaves it to the service's configuration.

        However often the connection breaks, this makes one job.
        """
        options = {"ignoreWhere": ignore_where or None, "onlyDrifted": only_drifted or None, "verify": verify}
        given = {name: value for name, value in options.items() if value is not None}
        path = f"/admin/shadow-sync/{_segment(thing)}"
        return self._create(path, json.dumps(given) if given else None, wait=wait, deadline=deadline)

    def create_check(self, thing: str, *, wait: int, deadline: float) -> Answer:
        """Start a comparison of the shadows of *thing* with their rows, which sends nothing; else as a sync."""
        return self._create(f"/admin/shadow-drift/{_segment(thing)}", None, wait=wait, deadline=deadline)

    def create_bulk(self, request: Mapping[str, Any], *, deadline: float) -> Answer:
        """Start a job over the selection of Things that *request*, the body, has; one job as above."""
        return self._create(JOBS, json.dumps(request), deadline=deadline)

    def create_bulk_of(self, upload: Upload, options: Query, *, deadline: float) -> Answer:
        """Start a job over the Things named in *upload*; one job as above, and one try if it cannot be repeated."""
        return self._create(JOBS, upload, query=options, deadline=deadline)

    def job(self, job_id: str, *, wait: int, deadline: float) -> Answer:
        """Read a job; wait up to *wait* seconds for its end (0: do not wait)."""
        return self._connection.ask("GET", f"{JOBS}/{_segment(job_id)}", read_job, wait=wait, deadline=deadline)

    def steer(self, job_id: str, verb: str, *, deadline: float) -> Answer:
        """Cancel, pause, resume or confirm a job; twice is once."""
        return self._connection.ask("POST", f"{JOBS}/{_segment(job_id)}/{verb}", read_job, deadline=deadline)

    def retry(self, job_id: str, *, confirm: bool, deadline: float) -> Answer:
        """Start a child of a job over what failed, or has not landed; twice is once."""
        body = json.dumps({"confirm": True}) if confirm else None
        return self._create(f"{JOBS}/{_segment(job_id)}/retry", body, deadline=deadline)

    def jobs(self, query: Query, *, deadline: float) -> Page:
        """A page of jobs, newest first."""
        return self._connection.ask("GET", _with_query(JOBS, query), partial(read_page, rows="jobs"), deadline=deadline)

    def results(self, job_id: str, query: Query, *, deadline: float) -> Page:
        """A page of what became of the shadows of a job."""
        path = _with_query(f"{JOBS}/{_segment(job_id)}/results", query)
        return self._connection.ask("GET", path, partial(read_page, rows="results"), deadline=deadline)

    def _create(
        self, path: str, body: str | Upload | None, *, query: Query = (), wait: int = 0, deadline: float
    ) -> Answer:
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        return self._connection.ask(
            "POST", _with_query(path, query), read_job, headers=headers, body=body, wait=wait, deadline=deadline
        )


def _segment(name: str) -> str:
    return quote(name, safe="")


def _with_query(path: str, query: Query) -> str:
    return f"{path}?{urlencode(query)}" if query else path
