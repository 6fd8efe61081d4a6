"""How often credentials may be wrong, over HTTP: per address, per API key, and while Redis is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.api.door import EMAIL, KEY, SECOND_KEY, SHARED_SECRET, Answer, Door, credentials, running_api
from tests.api.jobs import Jobs
from tests.api.test_redis_away import assert_unavailable
from tests.conftest import Valkey
from tests.waiting import until

LIMIT = 3
LIMITED = {**SHARED_SECRET, "SHADOW_SYNC_FAILED_AUTH_PER_MINUTE": str(LIMIT)}
JOBS = "/admin/shadow-sync-jobs"


@pytest.fixture(scope="module")
def proxied(shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Behind one proxy."""
    folder = tmp_path_factory.mktemp("proxied")
    with running_api(shared_valkey.url, folder, **LIMITED, SHADOW_SYNC_TRUSTED_HOPS="1") as door:
        yield door


@pytest.fixture
def limited(proxied: Door, redis_url: str) -> Door:
    """Nobody has failed yet."""
    del redis_url
    return proxied


def ask(door: Door, address: str, sent: dict[str, str] | None = None, *, path: str = JOBS) -> Answer:
    """With good credentials, unless *sent* are others; *address* is what the proxy says."""
    return door.ask(
        "GET", path, credentials=credentials() if sent is None else sent, headers={"X-Forwarded-For": address}
    )


def wrong(key: str = KEY) -> dict[str, str]:
    return credentials(key, secret="another secret, long enough, but another all the same")


def fail(door: Door, addresses: list[str], sent: dict[str, str]) -> None:
    assert {ask(door, address, sent).status for address in addresses} == {401}


def assert_limited(answer: Answer) -> None:
    assert answer.status == 429
    body = answer.json
    assert (body["success"], body["error"], body["code"]) == (False, "Too Many Requests", 429)
    assert "wrong credentials" in body["message"]
    assert body["requestId"] == answer.headers["X-Request-Id"]
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    "path", [JOBS, "/admin/nowhere", "/admin/shadow-sync/a%20b"], ids=["a route", "nothing there", "not a GET"]
)
def test_who_fails_too_often_is_told_to_wait_whatever_comes_next(limited: Door, path: str) -> None:
    for number in range(LIMIT):
        assert ask(limited, "203.0.113.1", {"X-API-Key": f"guess {number}"}, path=path).status == 401
    assert_limited(ask(limited, "203.0.113.1", {}))
    assert_limited(ask(limited, "203.0.113.1"))
    assert ask(limited, "203.0.113.2").status == 200


def test_whose_credentials_are_good_is_not_limited(limited: Door) -> None:
    assert {ask(limited, "203.0.113.1").status for _ in range(4 * LIMIT)} == {200}
    assert ask(limited, "203.0.113.1", credentials(email="a@example.org")).status == 403


def test_health_and_documentation_are_not_limited(limited: Door) -> None:
    fail(limited, ["203.0.113.1"] * LIMIT, {})
    assert {ask(limited, "203.0.113.1", path=path).status for path in ("/healthz", "/openapi.json")} == {200}


def test_a_key_is_limited_from_wherever_its_wrong_tokens_come(limited: Door) -> None:
    fail(limited, [f"203.0.113.{number}" for number in range(LIMIT)], wrong())
    assert_limited(ask(limited, "203.0.113.77"))
    assert ask(limited, "203.0.113.77", credentials(SECOND_KEY)).status == 200


def test_an_unknown_key_is_limited_alike_so_that_nobody_learns_which_is_known(limited: Door) -> None:
    fail(limited, [f"203.0.113.{number}" for number in range(LIMIT)], wrong("no such key"))
    assert_limited(ask(limited, "203.0.113.77", wrong("no such key")))
    assert ask(limited, "203.0.113.77", wrong("another such key")).status == 401


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        pytest.param("198.51.100.9, 203.0.113.1", "198.51.100.8, 203.0.113.1", True, id="the client names others"),
        pytest.param("203.0.113.1:1024", "203.0.113.1:1025", True, id="with ports"),
        pytest.param("::ffff:203.0.113.1", "203.0.113.1", True, id="IPv4 in IPv6"),
        pytest.param("2001:db8:0:1::1", "[2001:db8:0:1:ffff::2]:443", True, id="of one IPv6 network"),
        pytest.param("2001:db8:0:1::1", "2001:db8:0:2::1", False, id="of two IPv6 networks"),
        pytest.param("not an address", "/../*", True, id="no address"),
    ],
)
def test_an_address_is_what_the_last_proxy_says(limited: Door, first: str, second: str, is_one: bool) -> None:
    for number in range(LIMIT):
        assert ask(limited, first, wrong(f"guess {number}")).status == 401
    assert ask(limited, second).status == (429 if is_one else 200)


def test_the_audit_and_the_log_tell_the_address_that_the_proxy_says(limited: Door) -> None:
    answer = limited.sync(X_Forwarded_For="198.51.100.9, 203.0.113.1")
    (entry,) = limited.ask("GET", "/admin/shadow-sync-audit").json["entries"]
    assert (entry["email"], entry["remoteAddress"]) == (EMAIL, "203.0.113.1")
    assert limited.logged(answer.headers["X-Request-Id"])["remote_address"] == "203.0.113.1"


def test_what_is_counted_expires_names_no_key_and_stays_under_the_prefix(limited: Door, jobs: Jobs) -> None:
    fail(limited, ["203.0.113.1"], wrong())
    fail(limited, ["203.0.113.1"], wrong("a mistyped secret"))
    names = list(jobs.redis.scan_iter("*"))
    assert len(names) == 3
    assert all(name.startswith("shadow-sync:") and 0 < jobs.redis.ttl(name) <= 60 for name in names)
    assert not [name for name in names if KEY in name or "mistyped" in name]


def test_without_trusted_hops_no_header_makes_another_address(own_valkey: Valkey, tmp_path: Path) -> None:
    """And while Redis is away the process counts for itself, and keeps nobody waiting."""
    quick = {**LIMITED, "SHADOW_SYNC_REDIS_TIMEOUT_SECONDS": "2"}
    with running_api(own_valkey.url, tmp_path, **quick) as door:
        for number in range(LIMIT):
            sent = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}", "Forwarded": "for=a"}
            assert door.ask("GET", JOBS, credentials={}, headers=sent).status == 401
        assert_limited(ask(door, "203.0.113.77"))
        with Redis.from_url(own_valkey.url, socket_timeout=5) as redis:
            redis.flushall()
        with own_valkey.frozen():
            answer = ask(door, "203.0.113.77")
            assert_unavailable(answer)
            # One time-out, and not one for each question.
            assert answer.seconds < 4
        own_valkey.kill()
        assert_unavailable(ask(door, "203.0.113.77"))
        assert [ask(door, "203.0.113.77", {}).status for _ in range(LIMIT)] == [401] * LIMIT
        assert_limited(ask(door, "203.0.113.77"))
        assert door.ask("GET", "/healthz").status == 200
        own_valkey.start()
        until(lambda: ask(door, "203.0.113.77").status == 200, what="Redis counts again, and nobody has failed there")
        assert "unexpected error" not in [line["event"] for line in door.log()]
