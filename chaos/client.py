"""A client of the API that asks until it is answered, and calls it a problem when what it sees cannot be."""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from cli.access import Access

JOBS = "/admin/shadow-sync-jobs"
PATIENCE_SECONDS, END_SECONDS = 30.0, 45.0
_ENDED = {"succeeded", "partial", "failed", "cancelled", "aborted"}
_SHADOW_ENDED = {"delivered", "skipped", "failed", "cancelled"}
_LATER = {429, 503}


class Client:
    """Asks until it is answered. What no client should see is a problem."""

    def __init__(self, access: Access, dice: random.Random, problems: list[str]) -> None:
        self.dice, self._url, self._problems = dice, access.url, problems
        self._pool = urllib3.PoolManager(retries=False)
        self._headers = {"Authorization": f"Bearer {access.token}", "X-Admin-API-Key": access.api_key}

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] = {},
        allowed: Sequence[int] = (200, 202),
    ) -> dict[str, Any] | None:
        """The body of the answer; None where none came in time, or another than *allowed*."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        why = "nothing"
        while time.monotonic() < deadline:
            try:
                answer = self._pool.request(
                    method,
                    self._url + path,
                    body=body,
                    headers=self._headers | dict(headers),
                    timeout=urllib3.Timeout(connect=1.0, read=4.0),
                )
            except HTTPError as error:
                why = type(error).__name__
            else:
                why = str(answer.status)
                if answer.status in allowed:
                    return dict(answer.json())
                if answer.status not in _LATER or "Retry-After" not in answer.headers:
                    self._problems.append(f"{method} {path.split('?')[0]}: {answer.status} {answer.data[:200]!r}")
                    return None
            time.sleep(self.dice.uniform(0.05, 0.15))
        self._problems.append(f"{method} {path} was not answered within {PATIENCE_SECONDS:g} s, at last: {why}")
        return None

    def follow(self, job_id: str) -> dict[str, Any] | None:
        """The job's body when it has ended; None where it has not in time."""
        deadline = time.monotonic() + END_SECONDS
        before: dict[str, str] = {}
        job: dict[str, Any] | None = None
        while time.monotonic() < deadline:
            job = self.ask("GET", f"{JOBS}/{job_id}", headers={"Prefer": "wait=1"})
            if job is None:
                return None
            now = {one["shadowName"]: one["status"] for one in job["shadows"]}
            for shadow, status in before.items():
                if status in _SHADOW_ENDED and now.get(shadow) != status:
                    self._problems.append(f"{job_id} {shadow}: {status} became {now.get(shadow)}")
            before = now
            if job["status"] in _ENDED:
                return job
        seen = job and (job["status"], job["progress"])
        self._problems.append(f"{job_id} has not ended within {END_SECONDS:g} s: {seen}")
        return None

    def results(self, job_id: str, count: int) -> list[dict[str, Any]]:
        """What the job says came of each shadow; more than *count* are not asked for."""
        rows, cursor = list[dict[str, Any]](), ""
        while len(rows) <= count:
            page = self.ask("GET", f"{JOBS}/{job_id}/results?limit=1000{cursor}")
            if page is None:
                break
            rows += page["results"]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        return rows
