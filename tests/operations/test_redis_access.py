"""Redis behind TLS and a login: what a process says that is not let in, and whom it does not trust."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu.exceptions import KombuError
from redis import Redis, RedisError

from tests.conftest import Valkey
from tests.tls import TlsProxy, certify, tls_before
from tests.waiting import until
from tests.worker.processes import started
from tests.worker.site import BEAT, WORKER
from worker.broker import make_celery
from worker.connection import connect
from worker.settings import Settings, SettingsError, load

PASSWORD = "correct-horse"
WRONG = "battery-staple"


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    with Redis.from_url(server.url, socket_timeout=5) as client:
        client.config_set("requirepass", PASSWORD)
        yield server
        # It is stopped by a client without one.
        client.config_set("requirepass", "")
    server.kill()


@pytest.fixture(scope="module")
def proxy(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsProxy]:
    with tls_before(port_of(valkey), tmp_path_factory.mktemp("tls")) as proxy:
        yield proxy


def port_of(valkey: Valkey) -> int:
    return int(valkey.url.rpartition(":")[2].partition("/")[0])


def url(port: int, password: str = PASSWORD, *, trusting: Path | None = None) -> str:
    scheme, query = ("rediss", f"?ssl_ca_certs={trusting}") if trusting else ("redis", "")
    return f"{scheme}://:{password}@127.0.0.1:{port}/0{query}"


def ping(redis_url: str) -> None:
    """Of the job store and of the broker."""
    settings = Settings(redis_url=redis_url, redis_timeout_seconds=2)
    with connect(settings, connections=1) as redis:
        redis.ping()
    app = make_celery(settings)
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_max=0)
    finally:
        app.close()


def broker_refuses(redis_url: str) -> bool:
    app = make_celery(Settings(redis_url=redis_url, redis_timeout_seconds=2))
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_max=0)
    except (KombuError, OSError, RedisError):
        return True
    finally:
        app.close()
    return False


def store_refuses(redis_url: str) -> bool:
    try:
        with connect(Settings(redis_url=redis_url, redis_timeout_seconds=2), connections=1) as redis:
            redis.ping()
    except RedisError:
        return True
    return False


def test_job_store_and_broker_are_reached_through_tls(proxy: TlsProxy) -> None:
    ping(url(proxy.port, trusting=proxy.authority))


def test_a_certificate_of_an_unknown_authority_is_refused_by_both(proxy: TlsProxy, tmp_path: Path) -> None:
    for distrusting in (f"rediss://:{PASSWORD}@127.0.0.1:{proxy.port}/0", url(proxy.port, trusting=certify(tmp_path))):
        assert store_refuses(distrusting)
        assert broker_refuses(distrusting)


def test_a_certificate_of_another_host_is_refused_by_both(valkey: Valkey, tmp_path: Path) -> None:
    with tls_before(port_of(valkey), tmp_path, host="192.0.2.1") as elsewhere:
        trusting = url(elsewhere.port, trusting=elsewhere.authority)
        assert store_refuses(trusting)
        assert broker_refuses(trusting)


@pytest.mark.parametrize(
    "redis_url",
    [
        "rediss://127.0.0.1?ssl_cert_reqs=none",
        "rediss://127.0.0.1?ssl_check_hostname=false",
        "redis://127.0.0.1?ssl_ca_certs=/ca.pem",
        "redis://127.0.0.1?db=3",
        "redis://:horse/battery@127.0.0.1/0",
        "redis://:horse#battery@127.0.0.1/0",
        "redis://127.0.0.1:port",
        "redis://127.0.0.1/jobs",
        "redis://[127.0.0.1/0",
        "redis://",
        "unix:///run/horse",
    ],
)
def test_an_url_that_would_check_less_or_mean_two_things_stops_the_start(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHADOW_SYNC_REDIS_URL", redis_url)

    with pytest.raises(SettingsError) as stopped:
        load(Settings)

    assert "SHADOW_SYNC_REDIS_URL" in str(stopped.value)
    assert "horse" not in str(stopped.value)


@pytest.mark.parametrize(
    "redis_url",
    ["redis://host", "redis://host/", "redis://u:p%2F%3F%23%40@[::1]:6380/15", "rediss://:p@host?ssl_ca_certs=/a"],
)
def test_an_url_that_means_one_thing_is_taken(redis_url: str) -> None:
    assert Settings(redis_url=redis_url).redis_url == redis_url
    assert redis_url not in repr(Settings(redis_url=redis_url))


@pytest.mark.parametrize("command", [WORKER, BEAT], ids=["worker", "beat"])
def test_a_wrong_password_is_told_with_the_variable_and_without_the_password(
    valkey: Valkey, tmp_path: Path, command: list[str]
) -> None:
    environment = {"SHADOW_SYNC_REDIS_URL": url(port_of(valkey), WRONG), "AWS_DEFAULT_REGION": "us-east-1"}
    with started(command, {**environment, "SHADOW_SYNC_LOG_LEVEL": "DEBUG"}, tmp_path / "log") as process:
        until(lambda: "Redis refuses the user or the password" in process.printed(), what="it is told")

        assert '"see": "SHADOW_SYNC_REDIS_URL"' in process.printed()
        assert WRONG not in process.printed()
