"""A worker's connections to Redis: one for each thread, and whoever is refused says so each time."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError
from redis.exceptions import TimeoutError as RedisTimeoutError
from structlog.testing import capture_logs

from tests.conftest import Valkey
from tests.operations.deployment import ROOT
from worker.connection import connect
from worker.settings import Settings

THREADS = 5
IN_A_FORK = """
import os, sys
from worker.connection import connect
from worker.settings import Settings

redis = connect(Settings(redis_url=sys.argv[1]), connections=5, one_per_thread=True)
print(redis.client_id(), flush=True)
if os.fork() == 0:
    print(redis.client_id(), flush=True)
    os._exit(0)
os.wait()
print(redis.client_id(), flush=True)
"""


def test_each_thread_has_a_connection_and_keeps_it(redis_url: str) -> None:
    together = Barrier(THREADS, timeout=10)
    client = connect(Settings(redis_url=redis_url), connections=THREADS, one_per_thread=True)

    def ids() -> set[int]:
        together.wait()
        return {client.client_id() for _ in range(3)}

    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(lambda _: ids(), range(THREADS)))

    assert [len(each) for each in found] == [1] * THREADS
    assert len(set.union(*found)) == THREADS
    client.connection_pool.disconnect()


def test_a_forked_process_has_one_of_its_own(redis_url: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", IN_A_FORK, redis_url], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )

    parent, child, parent_again = run.stdout.split()
    assert parent == parent_again != child


def test_a_thread_whose_connection_is_cut_has_another_at_once(redis_url: str) -> None:
    with Redis.from_url(redis_url, socket_timeout=5) as admin:
        client = connect(Settings(redis_url=redis_url), connections=1, one_per_thread=True)
        first = client.client_id()

        admin.client_kill_filter(_id=str(first))

        assert client.client_id() != first
    client.connection_pool.disconnect()


@pytest.mark.parametrize("one_per_thread", [True, False])
def test_a_password_that_is_good_no_longer_is_told_with_the_variable(own_valkey: Valkey, one_per_thread: bool) -> None:
    with Redis.from_url(own_valkey.url, socket_timeout=5) as admin:
        admin.execute_command("ACL", "SETUSER", "lock", "on", ">old", "~*", "+@all")
        url = own_valkey.url.replace("//", "//lock:old@")
        client = connect(Settings(redis_url=url), connections=1, one_per_thread=one_per_thread)
        first = client.client_id()
        admin.execute_command("ACL", "SETUSER", "lock", ">new", "<old")
        admin.client_kill_filter(_id=str(first))

        with capture_logs() as lines, pytest.raises(AuthenticationError):
            client.ping()

        assert "Redis refuses the user or the password" in [line["event"] for line in lines]
    client.connection_pool.disconnect()


@pytest.mark.parametrize("one_per_thread", [True, False])
@pytest.mark.parametrize("size", [1, 50_000_000], ids=["answers", "reads"])
def test_a_server_that_does_so_no_longer_is_a_time_out_and_not_asked_again(
    own_valkey: Valkey, size: int, one_per_thread: bool
) -> None:
    settings = Settings(redis_url=own_valkey.url, redis_timeout_seconds=0.25)
    with (
        Redis.from_url(own_valkey.url, socket_timeout=5) as admin,
        closing(connect(settings, connections=1, one_per_thread=one_per_thread)) as client,
    ):
        client.ping()
        before = connections_so_far(admin)
        with own_valkey.frozen(), pytest.raises(RedisTimeoutError):
            client.set("key", "x" * size)

        # One is of whoever froze it.
        assert connections_so_far(admin) == before + 1


def connections_so_far(admin: "Redis") -> int:
    return int(admin.info("stats")["total_connections_received"])
