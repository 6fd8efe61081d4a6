"""The token issuer's public keys, from its JWKS URL: cached, bounded in size and time, never fetched per request."""

import json
import threading
import time
from dataclasses import dataclass, field

import structlog
import urllib3
from jwt import PyJWK, PyJWKSet, PyJWTError
from urllib3.exceptions import HTTPError

_MAX_BYTES = 512 * 1024
_CHUNK_BYTES = 16 * 1024
_log = structlog.get_logger(__name__)


class UnknownKeyError(Exception):
    """The issuer does not publish a key of this id."""


class KeysUnreachableError(Exception):
    """Whether the issuer publishes such a key cannot be found out now."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """When keys are fetched. All in seconds."""

    fetch_timeout: float = 3.0
    refresh_after: float = 300.0
    """Keys this old are fetched again, so that a withdrawn key goes out of use."""
    usable_for: float = 3600.0
    """Keys this old are not used any more, however long the issuer is away."""
    cool_down: float = 10.0
    """The least time between two fetches: tokens with invented key ids, or an issuer that is away, cause no more."""


@dataclass(frozen=True)
class _Keys:
    by_id: dict[str | None, PyJWK] = field(default_factory=dict)
    fetched_at: float = float("-inf")


class IssuerKeys:
    """The keys behind one JWKS URL. Thread-safe; nothing is fetched before the first token comes."""

    def __init__(self, url: str, algorithms: tuple[str, ...], pace: Pace | None = None) -> None:
        self._url = url
        self._algorithms = algorithms
        self._pace = pace or Pace()
        self._http = urllib3.PoolManager(retries=False)
        self._lock = threading.Lock()
        self._keys = _Keys()
        self._tried_at = float("-inf")
        self._reachable = True

    def find(self, key_id: str | None) -> PyJWK:
        """The key of this id.

        Raises:
            UnknownKeyError: the issuer publishes no such key, as far as was known at most ``cool_down`` ago.
            KeysUnreachableError: it is not among the cached keys, and the issuer cannot be reached.
        """
        # Who has a usable key does not queue up behind a slow issuer.
        if self._is_due(key_id) and self._lock.acquire(blocking=self._cached(key_id) is None):
            try:
                if self._is_due(key_id):
                    self._fetch()
            finally:
                self._lock.release()
        key = self._cached(key_id)
        if key is None:
            raise UnknownKeyError if self._reachable else KeysUnreachableError
        return key

    def _cached(self, key_id: str | None) -> PyJWK | None:
        keys = self._keys
        return keys.by_id.get(key_id) if time.monotonic() - keys.fetched_at < self._pace.usable_for else None

    def _is_due(self, key_id: str | None) -> bool:
        now = time.monotonic()
        if now - self._tried_at < self._pace.cool_down:
            return False
        return self._cached(key_id) is None or now - self._keys.fetched_at >= self._pace.refresh_after

    def _fetch(self) -> None:
        try:
            published = PyJWKSet.from_dict(json.loads(self._download()))
            usable = [key for key in published.keys if self._is_usable(key)]
            self._keys = _Keys({key.key_id: key for key in reversed(usable)}, time.monotonic())
            self._reachable = True
        except (HTTPError, OSError, PyJWTError, ValueError, TypeError, AttributeError, RecursionError) as error:
            self._reachable = False
            _log.warning("token issuer's keys cannot be fetched", error=type(error).__name__)
        self._tried_at = time.monotonic()

    def _is_usable(self, key: PyJWK) -> bool:
        return (
            key.algorithm_name in self._algorithms
            and key.public_key_use in (None, "sig")
            and isinstance(key.key_id, str | None)
        )

    def _download(self) -> bytes:
        """The document, if it is no longer and no slower than it may be: an issuer in trouble must not hold us up."""
        deadline = time.monotonic() + self._pace.fetch_timeout
        response = self._http.request(
            "GET",
            self._url,
            headers={"Accept": "application/json"},
            preload_content=False,
            redirect=False,
            timeout=urllib3.Timeout(total=self._pace.fetch_timeout),
        )
        try:
            if response.status != 200:
                raise ValueError(f"answered {response.status}")
            document = b""
            while chunk := response.read1(_CHUNK_BYTES):
                document += chunk
                if len(document) > _MAX_BYTES or time.monotonic() > deadline:
                    raise ValueError("too long or too slow")
            return document
        finally:
            response.close()
