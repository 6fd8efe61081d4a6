"""Shadows are full of secrets, errors quote them, everything goes wrong, all log at DEBUG: and none of it gets out.

The Redis of it all is behind TLS, and lets its user do no more than SECURITY.md says.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.operations.canary import found
from tests.operations.everything import Seen, everything_happens
from tests.operations.secured import Secured, documented_acl, secured
from tests.waiting import until
from worker.keys import KEY_PREFIX


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured(tmp_path_factory.mktemp("canary")) as site:
        yield site


@pytest.fixture(scope="module")
def seen(site: Secured) -> Seen:
    seen = Seen(site)
    listening = site.admin.pubsub()  # type: ignore[no-untyped-call]
    listening.psubscribe("*")
    until(lambda: listening.get_message(timeout=1), what="it listens")
    everything_happens(seen)
    while message := listening.get_message(timeout=0.05):
        seen.heard.append((message["channel"], message["data"]))
    listening.close()
    return seen


def test_it_was_all_there_and_it_all_happened(seen: Seen) -> None:
    """Or the other tests would find nothing because there was nothing."""
    site = seen.site
    sent = [call["payload"] for call in site.sandbox.invocations() if call["payload"]]
    assert len([payload for payload in sent if found(payload)]) > 20
    assert any(found((row.reported or "").encode()) for row in site.sandbox.rows())
    assert site.network.quoted > 10
    told = b"".join([body for _, body in seen.all] + list(site.logs().values())).decode()
    for kind in ("FunctionError", "DocumentError", "SpacetimeDb"):
        assert kind in told, kind


def test_no_secret_is_in_an_answer_a_page_or_what_the_command_prints(seen: Seen) -> None:
    assert len(seen.all) > 60
    assert [where for where, what in seen.all if found(what)] == []


def test_no_secret_is_in_a_log(seen: Seen) -> None:
    for name, log in seen.site.logs().items():
        assert [line for line in log.splitlines() if found(line)] == [], name


def test_no_secret_has_ever_been_in_redis(seen: Seen, site: Secured) -> None:
    """Its append-only file has every write since the start, also of what is gone."""
    assert [key for key in site.admin.scan_iter() if found(key) or found(content(site, key))] == []
    files = [path for path in (site.valkey_folder).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) > 100_000
    assert [path.name for path in files if found(path.read_bytes())] == []
    assert len(seen.heard) > 50
    assert [channel for channel, message in seen.heard if found(message)] == []


def content(site: Secured, key: bytes) -> bytes:
    read: dict[object, Callable[[bytes], object]] = {
        b"string": site.admin.get,
        b"hash": site.admin.hgetall,
        b"list": lambda key: site.admin.lrange(key, 0, -1),
        b"set": site.admin.smembers,
        b"zset": lambda key: site.admin.zrange(key, 0, -1),
        b"stream": site.admin.xrange,
    }
    return repr(read[site.admin.type(key)](key)).encode()


def test_every_key_and_every_channel_is_under_one_prefix(seen: Seen, site: Secured) -> None:
    keys = list(site.admin.scan_iter())

    assert len(keys) > 20
    assert [key for key in keys if not key.startswith(KEY_PREFIX.encode())] == []
    assert [channel for channel, _ in seen.heard if not channel.startswith(KEY_PREFIX.encode())] == []


def test_security_md_allows_the_redis_user_what_it_needs_and_no_more(seen: Seen, site: Secured) -> None:
    allowed = {rule[1:] for rule in documented_acl() if rule.startswith("+")}
    used = {name.removeprefix("cmdstat_") for name in site.admin.info("commandstats")}

    assert list(site.admin.acl_log()) == []
    # Where Celery's mailbox is opened anew.
    assert allowed - used <= {"punsubscribe", "unsubscribe"}
    assert documented_acl()[:3] == ["resetkeys", f"~{KEY_PREFIX}*", "resetchannels"]
    assert {rule for rule in documented_acl() if rule[0] in "-&~" and KEY_PREFIX not in rule} == {"-@all"}
