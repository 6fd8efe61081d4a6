"""The token issuer's public keys, from its JWKS URL: cached, bounded in size and time, never fetched per request."""

import json
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from socket import SHUT_RDWR, socket

import structlog
from jwt import PyJWK, PyJWKSet, PyJWTError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

_MAX_BYTES = 512 * 1024
_CHUNK_BYTES = 16 * 1024
_FETCH_ERRORS = (
    HTTPError,
    HTTPException,
    OSError,
    PyJWTError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)
_log = structlog.get_logger(__name__)


class UnknownKeyError(Exception):
    """The issuer does not publish a key of this id."""


class KeysUnreachableError(Exception):
    """Whether the issuer publishes such a key cannot be found out now."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """When keys are fetched. All in seconds."""

    fetch_timeout: float = 3.0
    """The longest a fetch takes, and the longest a caller waits for another's fetch before its own."""
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
        self._lock = threading.Lock()
        self._keys = _Keys()
        self._tried_at = float("-inf")
        self._reachable = True

    def find(self, key_id: str | None) -> PyJWK:
        """The key of this id.

        Raises:
            UnknownKeyError: the issuer publishes no such key, as far as was known at most ``cool_down`` ago.
            KeysUnreachableError: it is not among the cached keys, and the issuer cannot be reached in time.
        """
        asked_in_time = self._refresh(key_id) if self._is_due(key_id) else True
        key = self._cached(key_id)
        if key is None:
            raise UnknownKeyError if self._reachable and asked_in_time else KeysUnreachableError
        return key

    def _refresh(self, key_id: str | None) -> bool:
        """Fetch, unless another caller just has. False if others were fetching all the while."""
        # Who has a usable key does not queue up behind a slow issuer.
        if not self._lock.acquire(timeout=self._pace.fetch_timeout if self._cached(key_id) is None else 0):
            return False
        try:
            if self._is_due(key_id):
                self._fetch()
        finally:
            self._lock.release()
        return True

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
            published = PyJWKSet.from_dict(json.loads(_Download(self._url, self._pace.fetch_timeout).document()))
            usable = [key for key in published.keys if self._is_usable(key)]
            self._keys = _Keys({key.key_id: key for key in reversed(usable)}, time.monotonic())
            self._reachable = True
        except _FETCH_ERRORS as error:
            self._reachable = False
            _log.warning("token issuer's keys cannot be fetched", error=type(error).__name__)
        self._tried_at = time.monotonic()

    def _is_usable(self, key: PyJWK) -> bool:
        return (
            key.algorithm_name in self._algorithms
            and key.public_key_use in (None, "sig")
            and isinstance(key.key_id, str | None)
        )


class _Download(threading.Thread):
    """One GET, in a thread of its own: a socket's time-out starts anew with every byte, and a name look-up has none."""

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__(name="jwks-download", daemon=True)
        self._url = parse_url(url)
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._socket: socket | None = None
        self._document: Future[bytes] = Future()

    def document(self) -> bytes:
        """The body, if it is no longer and no slower than it may be: an issuer in trouble must not hold us up.

        Raises:
            TimeoutError: it is not there after ``timeout`` seconds; the connection is cut, so that the thread ends.
        """
        self.start()
        try:
            return self._document.result(self._timeout)
        except TimeoutError:
            if self._socket is not None:
                with suppress(OSError, ValueError):
                    self._socket.shutdown(SHUT_RDWR)
            raise

    def run(self) -> None:
        try:
            self._document.set_result(self._get())
        except Exception as error:  # noqa: BLE001 - raised again where the document is asked for
            self._document.set_exception(error)

    def _get(self) -> bytes:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind((self._url.host or "").strip("[]"), self._url.port, timeout=self._timeout)
        try:
            connection.connect()
            self._socket = connection.sock
            # Whoever gave up while we connected found no socket to cut.
            if time.monotonic() > self._deadline:
                raise TimeoutError
            headers = {"Accept": "application/json"}
            connection.request("GET", self._url.request_uri, headers=headers, preload_content=False)
            response = connection.getresponse()
            try:
                if response.status != 200:
                    raise ValueError(f"answered {response.status}")
                document = b""
                while chunk := response.read1(_CHUNK_BYTES):
                    document += chunk
                    if len(document) > _MAX_BYTES or time.monotonic() > self._deadline:
                        raise ValueError("too long or too slow")
                return document
            finally:
                response.close()
        finally:
            connection.close()
