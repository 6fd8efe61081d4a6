"""A secret is changed as SECURITY.md says, and nobody who has the old one or the new one is turned away meanwhile."""

from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from api.settings import ApiSettings
from sandbox import RunningSandbox
from tests.api.door import Door, running_api, token
from tests.conftest import Valkey
from tests.worker.site import WORKER, Site
from worker.connection import connect
from worker.job import JobStatus
from worker.job_request import NO_OPTIONS, JobOptions
from worker.settings import Settings, SettingsError, load

OLD, NEW, STRANGE = (
    {"secret": f"{what} secret, long enough to sign with", "key": f"{what}-key"} for what in ("old", "new", "a")
)
PATH = "/admin/shadow-sync-jobs"


def settings(*known: dict[str, str]) -> dict[str, str]:
    """Of an API that knows these, the first of them being the one that will stay."""
    keys = ",".join(f"{one['key']}:{sha256(one['key'].encode()).hexdigest()}" for one in known)
    secrets = zip(("SHADOW_SYNC_JWT_SECRET", "SHADOW_SYNC_JWT_PREVIOUS_SECRET"), known, strict=False)
    return {"SHADOW_SYNC_ADMIN_API_KEYS": keys} | {name: one["secret"] for name, one in secrets}


def status(door: Door, who: dict[str, str], *, key: dict[str, str] | None = None) -> int:
    sent = {"Authorization": f"Bearer {token(who['secret'])}", "X-Admin-API-Key": (key or who)["key"]}
    return door.ask("GET", PATH, credentials=sent).status


@pytest.fixture(scope="module")
def doors(shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Door]]:
    """While a key and the tokens' secret are changed, and afterwards."""
    with ExitStack() as exits:
        yield [
            exits.enter_context(running_api(shared_valkey.url, tmp_path_factory.mktemp("api"), **settings(*known)))
            for known in ((NEW, OLD), (NEW,))
        ]


def test_while_keys_and_secret_change_old_and_new_are_good_and_afterwards_only_the_new(doors: list[Door]) -> None:
    meanwhile, after = doors

    assert (status(meanwhile, OLD), status(meanwhile, NEW)) == (200, 200)
    assert (status(meanwhile, OLD, key=NEW), status(meanwhile, NEW, key=OLD)) == (200, 200)
    assert (status(after, OLD), status(after, NEW)) == (401, 200)
    assert (status(after, OLD, key=NEW), status(after, NEW, key=OLD)) == (401, 401)


def test_a_strange_secret_is_refused_meanwhile_too(doors: list[Door]) -> None:
    meanwhile, _ = doors

    assert status(meanwhile, STRANGE, key=NEW) == 401
    assert status(meanwhile, NEW, key=STRANGE) == 401
    expired = {"Authorization": f"Bearer {token(OLD['secret'], exp=1)}", "X-Admin-API-Key": OLD["key"]}
    assert meanwhile.ask("GET", PATH, credentials=expired).status == 401


@pytest.mark.parametrize(
    "variables",
    [
        {"JWT_SECRET": OLD["secret"], "JWT_PREVIOUS_SECRET": OLD["secret"]},
        {"JWKS_URL": "https://issuer.example/keys", "JWT_PREVIOUS_SECRET": OLD["secret"]},
        {"JWT_SECRET": OLD["secret"], "JWT_PREVIOUS_SECRET": "short"},
    ],
)
def test_a_previous_secret_that_makes_no_sense_stops_the_start(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ADMIN_API_KEYS": settings(NEW)["SHADOW_SYNC_ADMIN_API_KEYS"], **variables}.items():
        monkeypatch.setenv(f"SHADOW_SYNC_{name}", value)

    with pytest.raises(SettingsError) as stopped:
        load(ApiSettings)

    assert "SHADOW_SYNC_JWT_PREVIOUS_SECRET" in str(stopped.value)
    assert OLD["secret"] not in str(stopped.value)


def client(valkey: Valkey, user: str, password: str) -> "Redis":
    url = valkey.url.replace("//", f"//{user}:{password}@")
    return connect(Settings(redis_url=url, redis_timeout_seconds=2), connections=1)


def acl(admin: "Redis", *rules: str) -> None:
    admin.execute_command("ACL", "SETUSER", "rotated", *rules)  # type: ignore[no-untyped-call]


def test_a_redis_user_has_two_passwords_while_they_change(shared_valkey: Valkey) -> None:
    with Redis.from_url(shared_valkey.url, socket_timeout=5) as admin:
        acl(admin, "on", ">old", "~*", "+@all")
        running, restarted, late = (client(shared_valkey, "rotated", word) for word in ("old", "new", "old"))
        try:
            assert running.ping()
            acl(admin, ">new")
            assert (running.ping(), restarted.ping()) == (True, True)
            acl(admin, "<old")
            assert (running.ping(), restarted.ping()) == (True, True)
            with pytest.raises(AuthenticationError):
                late.ping()
        finally:
            admin.acl_deluser("rotated")
            for one in (running, restarted, late):
                one.close()


def test_connections_stand_while_the_one_password_of_a_redis_changes(own_valkey: Valkey) -> None:
    with Redis.from_url(own_valkey.url, socket_timeout=5) as admin, client(own_valkey, "", "old") as running:
        admin.config_set("requirepass", "old")
        assert running.ping()
        admin.config_set("requirepass", "new")

        assert running.ping()
        with client(own_valkey, "", "new") as restarted:
            assert restarted.ping()
        # It is stopped by a client without one.
        admin.config_set("requirepass", "")


@pytest.fixture
def site(own_valkey: Valkey, sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Site]:
    for thing in ("front", "back", "side"):
        sandbox.seed(thing, "lock", {"locked": True})
    with ExitStack() as exits:
        yield Site(own_valkey, sandbox, tmp_path, exits)


def all_went_well(site: Site, thing: str, options: JobOptions = NO_OPTIONS) -> bool:
    return site.ended(site.ask(thing, options)).status is JobStatus.SUCCEEDED


def test_workers_go_over_to_a_second_aws_key_while_both_are_good(site: Site) -> None:
    site.sandbox.turn(access_keys=["AKIAOLD", "AKIANEW"])
    old = site.start(WORKER, AWS_ACCESS_KEY_ID="AKIAOLD")
    assert all_went_well(site, "front")
    new = site.start([*WORKER, "-n", "new@%h"], AWS_ACCESS_KEY_ID="AKIANEW")
    new.wait_until_ready()

    assert old.terminate() == 0
    site.sandbox.turn(access_keys=["AKIANEW"])

    assert all_went_well(site, "back")


def test_a_worker_whose_aws_key_is_gone_says_so_and_what_it_could_not_do_is_retried_later(site: Site) -> None:
    site.sandbox.turn(access_keys=["AKIANEW"])
    old = site.start(WORKER, AWS_ACCESS_KEY_ID="AKIAOLD")

    job = site.ended(site.ask("front"))

    assert job.status is JobStatus.FAILED
    assert job.errors == ("UnrecognizedClientException: The security token included in the request is invalid.",)
    assert old.terminate() == 0
    site.start([*WORKER, "-n", "new@%h"], AWS_ACCESS_KEY_ID="AKIANEW")
    assert all_went_well(site, "front")


def test_workers_go_over_to_another_token_of_the_spacetimedb_identity(site: Site) -> None:
    first, second = site.sandbox.spacetimedb_token, site.sandbox.another_spacetimedb_token()
    stranger = "not.a.token"
    assert first != second
    environment = {"SHADOW_SYNC_SPACETIMEDB_URL": site.sandbox.url, "SHADOW_SYNC_SPACETIMEDB_DATABASE": "shadows"}
    for number, (token_in_use, good) in enumerate([(first, True), (second, True), (stranger, False)]):
        name = ["-n", f"worker-{number}@%h"]
        worker = site.start([*WORKER, *name], **environment, SHADOW_SYNC_SPACETIMEDB_TOKEN=token_in_use)

        assert all_went_well(site, "front", JobOptions(compare=True)) is good

        assert worker.terminate() == 0
