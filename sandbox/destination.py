"""One POST to an API destination, with the headers that AWS sends.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp

from sandbox.rule import Rule

HEADERS = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Content-Type": "application/json; charset=utf-8",
    "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate",
}
READ_BYTES = 1024 * 1024


@dataclass(slots=True, frozen=True)
class Outcome:
    """`status` is None where no whole answer came; `error` then is TIMEOUT or CONNECTION_FAILURE, else "".

    `retry_after` is in seconds, negative where the destination wants no other attempt.
    """

    status: int | None
    seconds: float
    error: str = ""
    retry_after: float | None = None


class Destination:
    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def post(self, rule: Rule, body: bytes, timeout_seconds: float) -> Outcome:
        """Never raises for what the network or the destination do."""
        began = time.monotonic()
        headers = HEADERS if rule.key is None else HEADERS | {rule.header: rule.key.get_secret_value()}
        try:
            async with asyncio.timeout(timeout_seconds):
                async with self._open().post(rule.url, data=body, headers=headers, allow_redirects=False) as response:
                    await _read(response.content)
        except TimeoutError:
            return Outcome(None, time.monotonic() - began, "TIMEOUT")
        except (aiohttp.ClientError, OSError):
            return Outcome(None, time.monotonic() - began, "CONNECTION_FAILURE")
        retry_after = _seconds(response.headers.get("Retry-After"))
        return Outcome(response.status, time.monotonic() - began, retry_after=retry_after)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # `Connection: close`, as AWS sends it; the event's own rate is the only limit.
                connector=aiohttp.TCPConnector(force_close=True, limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept",),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
            )
        return self._session


async def _read(body: aiohttp.StreamReader) -> None:
    size = 0
    async for chunk in body.iter_any():
        size += len(chunk)
        if size > READ_BYTES:
            return


def _seconds(retry_after: str | None) -> float | None:
    """From now on, of a number or an HTTP date; None where it is neither."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except ValueError:
            return None
        return max(seconds, 0.0)
    return seconds if math.isfinite(seconds) else None
