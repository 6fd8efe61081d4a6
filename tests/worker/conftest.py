from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from moto.server import ThreadedMotoServer
from redis import Redis

from sandbox import RunningSandbox
from tests.worker.crew import Crew
from tests.worker.fakes import sync_of
from worker.aws import Aws
from worker.connection import connect
from worker.job_request import Requester
from worker.jobs import JobStore
from worker.settings import Settings
from worker.spacetimedb import SpacetimeDb
from worker.sync import Sync
from worker.wake_ups import WakeUps

ADMIN = Requester(email="admin@smartphonekey.com", api_key="ops")


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """Times short enough that a test can wait for them."""
    return quick_settings(redis_url)


def quick_settings(redis_url: str, **changes: Any) -> Settings:
    quick = {
        "redis_timeout_seconds": 1.0,
        "aws_connect_timeout_seconds": 0.5,
        "iot_timeout_seconds": 0.5,
        "lambda_timeout_seconds": 0.5,
        "lease_seconds": 2.5,
        "grace_seconds": 0.3,
        "backoff_seconds": 0.05,
        "reconcile_seconds": 0.1,
        "worker_threads": 4,
        "iot_tps": 100_000,
        "lambda_tps": 100_000,
        "thing_tps": 1000,
    }
    return Settings(redis_url=redis_url, **{**quick, **changes})


@pytest.fixture
def redis(settings: Settings) -> Iterator["Redis"]:
    client = connect(settings, connections=4)
    yield client
    client.close()
    client.connection_pool.disconnect()


@pytest.fixture
def store(redis: "Redis", settings: Settings) -> JobStore:
    return JobStore(redis, settings)


@pytest.fixture
def aws_environment(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """boto3, in this process, talks to the sandbox by its standard variables."""
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return sandbox


@pytest.fixture
def aws(aws_environment: RunningSandbox, settings: Settings) -> Aws:
    return Aws(settings)


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """moto's server: an AWS for IoT that nobody of ours wrote."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    # What it holds belongs to the process, not to the server.
    urllib3.request("POST", f"{url}/moto-api/reset", timeout=10.0)
    for service in ("IOT", "IOT_DATA_PLANE", "LAMBDA"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "moto")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "moto")
    yield url
    server.stop()


@pytest.fixture
def sync(aws: Aws, redis: "Redis", store: JobStore, settings: Settings) -> Sync:
    return sync_of(settings, store, WakeUps(redis), lambda: aws)


@pytest.fixture
def database(sandbox: RunningSandbox) -> Iterator[SpacetimeDb]:
    database = SpacetimeDb(sandbox.url, "shadows", sandbox.spacetimedb_token, timeout=2.0)
    yield database
    database.close()


@pytest.fixture
def crew(settings: Settings, redis: "Redis", aws: Aws) -> Crew:
    return Crew(settings, redis, aws)
