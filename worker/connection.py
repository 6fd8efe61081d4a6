"""One way to reach Redis or Valkey: every wait bounded, one retry for a connection that died while idle."""

from redis import BlockingConnectionPool, Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from worker.settings import Settings


def connect(settings: Settings, *, connections: int) -> "Redis":
    """A thread-safe client with at most *connections* connections; nothing is opened before the first command.

    A caller that finds all connections in use waits as long as for an answer, ``redis_timeout_seconds``.
    """
    timeout = settings.redis_timeout_seconds
    pool = BlockingConnectionPool.from_url(
        settings.redis_url,
        max_connections=connections,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        socket_keepalive=True,
        health_check_interval=25,
        decode_responses=True,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.2), 1, supported_errors=(RedisConnectionError,)),
    )
    return Redis.from_pool(pool)
