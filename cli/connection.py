"""One question to the service, asked again where that may help."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import urllib3
from urllib3.exceptions import HTTPError

from cli.access import Access
from cli.answer import PassingError, unreachable
from cli.upload import Upload

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
# Every name of an upload is looked at, and stored, before its job is answered.
UPLOAD_ANSWER_SECONDS = 60.0
TRIES = 4
FIRST_PAUSE_SECONDS = 0.25

Told = TypeVar("Told")


class Connection:
    """To one service, with one pair of credentials. A deadline is a reading of ``time.monotonic()``."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._pool = urllib3.PoolManager(retries=False)

    def ask(
        self,
        method: str,
        path: str,
        read: Callable[[urllib3.BaseHTTPResponse, str], Told],
        *,
        headers: Mapping[str, str] | None = None,
        body: str | Upload | None = None,
        wait: int = 0,
        deadline: float,
    ) -> Told:
        """What *read* makes of the answer; *wait* is for how many seconds the service may put it off.

        Raises:
            FailureError, MalformedError: there is no answer, or *read* calls it a refusal.
        """
        pause = FIRST_PAUSE_SECONDS
        tries = TRIES if not isinstance(body, Upload) or body.repeatable else 1
        for tries_left in reversed(range(tries)):
            try:
                return read(self._answer(method, path, headers or {}, body, wait, deadline), self._access.url)
            except PassingError as passing:
                rest = max(pause, passing.retry_after)
                if tries_left == 0 or time.monotonic() + rest >= deadline:
                    raise passing.failure from None
                time.sleep(rest)
                pause *= 2
        raise AssertionError("the last try returns or raises")

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str], body: str | Upload | None, wait: int, deadline: float
    ) -> urllib3.BaseHTTPResponse:
        left = max(deadline - time.monotonic(), 0.1)
        upload = body if isinstance(body, Upload) else None
        content = body.chunks() if isinstance(body, Upload) else body
        patience = UPLOAD_ANSWER_SECONDS if upload else wait + ANSWER_SECONDS
        try:
            return self._pool.request(
                method,
                self._access.url + path,
                body=content,
                headers={
                    "Accept": "application/json",
                    "Authorization": f"Bearer {self._access.token}",
                    "X-Admin-API-Key": self._access.api_key,
                    **({"Prefer": f"wait={wait}"} if wait > 0 else {}),
                    **headers,
                    **(upload.headers if upload else {}),
                },
                # urllib3 would carry the API key along to whatever host a redirect names.
                redirect=False,
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=min(patience, left + 1)),
            )
        except HTTPError as error:
            raise unreachable(error, self._access.url) from None
