"""The HTTP API as the command speaks it: start a sync or a check, read a job, cancel it."""

import json
import time
from collections.abc import Mapping
from urllib.parse import quote
from uuid import uuid4

import urllib3
from urllib3.exceptions import HTTPError

from cli.access import Access
from cli.answer import Answer, PassingError, read, unreachable

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
TRIES = 4
FIRST_PAUSE_SECONDS = 0.25


class Client:
    """Asks one service with one pair of credentials. A deadline is a reading of ``time.monotonic()``.

    Every call raises a :class:`cli.failures.FailureError` or :class:`cli.failures.MalformedError`, and nothing else.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._pool = urllib3.PoolManager(retries=False)

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
        return self._create("shadow-sync", thing, wait, deadline, json.dumps(given) if given else None)

    def create_check(self, thing: str, *, wait: int, deadline: float) -> Answer:
        """Start a comparison of the shadows of *thing* with their rows, which sends nothing; else as a sync."""
        return self._create("shadow-drift", thing, wait, deadline)

    def job(self, job_id: str, *, wait: int, deadline: float) -> Answer:
        """Read a job; wait up to *wait* seconds for its end (0: do not wait)."""
        return self._ask("GET", f"/admin/shadow-sync-jobs/{quote(job_id, safe='')}", {}, wait, deadline)

    def cancel(self, job_id: str, *, deadline: float) -> Answer:
        """Cancel a job; twice is once."""
        return self._ask("POST", f"/admin/shadow-sync-jobs/{quote(job_id, safe='')}/cancel", {}, 0, deadline)

    def _create(self, what: str, thing: str, wait: int, deadline: float, body: str | None = None) -> Answer:
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        return self._ask("POST", f"/admin/{what}/{quote(thing, safe='')}", headers, wait, deadline, body)

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], wait: int, deadline: float, body: str | None = None
    ) -> Answer:
        pause = FIRST_PAUSE_SECONDS
        for tries_left in reversed(range(TRIES)):
            try:
                return self._ask_once(method, path, headers, wait, deadline, body)
            except PassingError as passing:
                rest = max(pause, passing.retry_after)
                if tries_left == 0 or time.monotonic() + rest >= deadline:
                    raise passing.failure from None
                time.sleep(rest)
                pause *= 2
        raise AssertionError("the last try returns or raises")

    def _ask_once(
        self, method: str, path: str, headers: Mapping[str, str], wait: int, deadline: float, body: str | None
    ) -> Answer:
        left = max(deadline - time.monotonic(), 0.1)
        try:
            response = self._pool.request(
                method,
                self._access.url + path,
                body=body,
                headers={
                    "Accept": "application/json",
                    "Authorization": f"Bearer {self._access.token}",
                    "X-Admin-API-Key": self._access.api_key,
                    **({"Prefer": f"wait={wait}"} if wait > 0 else {}),
                    **headers,
                },
                # urllib3 would carry the API key along to whatever host a redirect names.
                redirect=False,
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=min(wait + ANSWER_SECONDS, left + 1)),
            )
        except HTTPError as error:
            raise unreachable(error, self._access.url) from None
        return read(response, self._access.url)
