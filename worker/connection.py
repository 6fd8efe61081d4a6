"""One way to reach Redis or Valkey: every wait bounded, one retry for a connection that died while idle."""

import os
import socket
import ssl
import struct
from threading import local
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from redis import BlockingConnectionPool, Redis, RedisError
from redis.backoff import ExponentialWithJitterBackoff
from redis.connection import Connection
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from worker.settings import PREFIX, Settings

_log = structlog.get_logger(__name__)


def _tell(refusal: RedisError) -> None:
    """Where a connection is refused for what only an operator can mend, say in the log what that is: callers tell the
    class of an error alone.
    """
    if isinstance(refusal, AuthenticationError | NoPermissionError):
        _log.error("Redis refuses the user or the password", see=f"{PREFIX}REDIS_URL")
    elif isinstance(refusal.__cause__ or refusal.__context__, ssl.SSLError):
        _log.error("Redis cannot prove who it is, or speaks no TLS", see=f"{PREFIX}REDIS_URL")


class _Connections(BlockingConnectionPool):
    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_connection(*args, **kwargs)  # type: ignore[no-untyped-call]
        except (NoPermissionError, RedisConnectionError) as refusal:
            _tell(refusal)
            raise


def tls(settings: Settings) -> dict[str, Any] | None:
    """How the server is to prove who it is, as redis-py takes it; None where the URL asks for no TLS.

    kombu has to be told: left alone, it takes any certificate.
    """
    url = urlsplit(settings.redis_url)
    if url.scheme != "rediss":
        return None
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True, **dict(parse_qsl(url.query))}


class _TimedByTheKernel(Connection):
    """A connection whose time-outs the kernel keeps. Python's own cost two more system calls for each command, which
    ask first whether anything can be sent or read, and hand Python's lock to another thread each time.
    """

    def _connect(self) -> socket.socket:
        sock: socket.socket = super()._connect()  # type: ignore[no-untyped-call]
        seconds = sock.gettimeout()
        if seconds:
            sock.settimeout(None)
            whole, part = divmod(max(1, round(seconds * 1_000_000)), 1_000_000)
            # https://man7.org/linux/man-pages/man7/socket.7.html: a struct timeval.
            kept = struct.pack("@ll", whole, part)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, kept)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, kept)
        return sock

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        try:
            super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]
        except RedisConnectionError as error:
            _raise_what_is_late(error)
            raise

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().read_response(*args, **kwargs)
        except RedisConnectionError as error:
            _raise_what_is_late(error)
            raise


def _raise_what_is_late(error: RedisConnectionError) -> None:
    """redis-py takes the kernel's time-out for a broken connection, and would try again."""
    if isinstance(error.__context__, BlockingIOError):
        raise RedisTimeoutError("the server does not answer in time") from error


class _OnePerThread(Redis):
    """Each thread sends its commands over a connection of its own, and none pays for taking one from the pool and
    looking at it, which costs as much as a command.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of_thread = local()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        made_by, mine = getattr(self._of_thread, "client", (0, None))
        # What a fork has inherited is its parent's.
        if mine is None or made_by != os.getpid():
            mine = Redis(connection_pool=self.connection_pool, single_connection_client=True)
            self._of_thread.client = os.getpid(), mine
        try:
            return mine.execute_command(*args, **options)
        except (NoPermissionError, RedisConnectionError) as refusal:
            # It connects anew by itself, and so without the pool.
            _tell(refusal)
            raise


def connect(settings: Settings, *, connections: int, one_per_thread: bool = False) -> "Redis":
    """A thread-safe client with at most *connections* connections; nothing is opened before the first command.

    A caller that finds all connections in use waits as long as for an answer, ``redis_timeout_seconds``.
    """
    timeout, in_tls = settings.redis_timeout_seconds, tls(settings)
    pool = _Connections.from_url(
        settings.redis_url.partition("?")[0],
        # TLS reads and writes when it must, not when it is asked to: there Python keeps the time.
        **({"connection_class": _TimedByTheKernel} if in_tls is None else in_tls),
        max_connections=connections,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        socket_keepalive=True,
        health_check_interval=25,
        decode_responses=True,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.2), 1, supported_errors=(RedisConnectionError,)),
    )
    return (_OnePerThread if one_per_thread else Redis).from_pool(pool)
