"""The HTTP API as the command speaks it: start a sync, read a job."""

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

    def create_job(self, thing: str, *, wait: int, deadline: float) -> Answer:
        """Start a sync of *thing*; wait up to *wait* seconds for its end (0: do not wait).

        However often the connection breaks, this makes one job.
        """
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        return self._ask("POST", f"/admin/shadow-sync/{quote(thing, safe='')}", headers, wait, deadline)

    def job(self, job_id: str, *, wait: int, deadline: float) -> Answer:
        """Read a job; wait up to *wait* seconds for its end (0: do not wait)."""
        return self._ask("GET", f"/admin/shadow-sync-jobs/{quote(job_id, safe='')}", {}, wait, deadline)

    def _ask(self, method: str, path: str, headers: Mapping[str, str], wait: int, deadline: float) -> Answer:
        pause = FIRST_PAUSE_SECONDS
        for tries_left in reversed(range(TRIES)):
            try:
                return self._ask_once(method, path, headers, wait, deadline)
            except PassingError as passing:
                rest = max(pause, passing.retry_after)
                if tries_left == 0 or time.monotonic() + rest >= deadline:
                    raise passing.failure from None
                time.sleep(rest)
                pause *= 2
        raise AssertionError("the last try returns or raises")

    def _ask_once(self, method: str, path: str, headers: Mapping[str, str], wait: int, deadline: float) -> Answer:
        left = max(deadline - time.monotonic(), 0.1)
        try:
            response = self._pool.request(
                method,
                self._access.url + path,
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
