"""`shadow-sync keygen` and `token`: what they print is what the service takes."""

import hashlib
import time

import jwt
import pytest
from click.testing import CliRunner, Result

from cli.main import shadow_sync

SECRET = "a secret of thirty-two bytes or more"


def run(*words: str, **environment: str | None) -> Result:
    empty = dict.fromkeys(("SHADOW_SYNC_JWT_SECRET", "SHADOW_SYNC_JWT_ISSUER", "SHADOW_SYNC_JWT_AUDIENCE"))
    return CliRunner().invoke(shadow_sync, words, env={**empty, **environment})


def lines_of(result: Result) -> dict[str, str]:
    return dict(line.split("=", 1) for line in result.stdout.splitlines() if not line.startswith("#"))


def test_the_digest_to_configure_is_that_of_the_new_key() -> None:
    lines = lines_of(run("keygen", "--label", "ops"))
    digest = hashlib.sha256(lines["SHADOW_SYNC_API_KEY"].encode()).hexdigest()
    assert lines["SHADOW_SYNC_ADMIN_API_KEYS"] == f"ops:{digest}"


def test_every_key_is_another_one_and_too_long_to_guess() -> None:
    keys = {lines_of(run("keygen"))["SHADOW_SYNC_API_KEY"] for _ in range(5)}
    assert len(keys) == 5
    assert min(map(len, keys)) >= 43


@pytest.mark.parametrize("label", ["", "a:b", "a,b", "a b", "-a", "x" * 65])
def test_a_label_that_could_not_be_configured_is_a_usage_error(label: str) -> None:
    assert run("keygen", f"--label={label}").exit_code == 2


def test_a_token_is_verified_by_the_secret_and_names_the_person() -> None:
    token = run("token", "--email", "a@smartphonekey.com", SHADOW_SYNC_JWT_SECRET=SECRET).stdout.strip()
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp", "iat"]})
    assert claims["email"] == "a@smartphonekey.com"
    assert "iss" not in claims
    assert "aud" not in claims


@pytest.mark.parametrize(
    ("expires", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("12h", 43_200), ("7d", 604_800)]
)
def test_a_token_lives_as_long_as_asked_for(expires: str, seconds: int) -> None:
    words = ("token", "--email", "a@b.c", "--expires", expires)
    claims = jwt.decode(run(*words, SHADOW_SYNC_JWT_SECRET=SECRET).stdout.strip(), SECRET, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == seconds
    assert abs(claims["iat"] - time.time()) < 60


def test_issuer_and_audience_come_from_the_same_variables_as_the_services() -> None:
    environment = {"SHADOW_SYNC_JWT_ISSUER": "https://issuer.example", "SHADOW_SYNC_JWT_AUDIENCE": "shadow-sync"}
    token = run("token", "--email", "a@b.c", SHADOW_SYNC_JWT_SECRET=SECRET, **environment).stdout.strip()
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], issuer="https://issuer.example", audience="shadow-sync")
    assert claims["email"] == "a@b.c"


def test_the_secret_can_come_from_another_variable() -> None:
    token = run("token", "--email", "a@b.c", "--secret-from", "OTHER", OTHER=SECRET).stdout.strip()
    assert jwt.decode(token, SECRET, algorithms=["HS256"])


@pytest.mark.parametrize("secret", [None, "", "short-secret"])
def test_a_secret_that_the_service_would_refuse_is_a_usage_error_that_names_the_variable_and_not_its_value(
    secret: str | None,
) -> None:
    result = run("token", "--email", "a@b.c", SHADOW_SYNC_JWT_SECRET=secret)
    assert result.exit_code == 2
    assert "SHADOW_SYNC_JWT_SECRET" in result.stderr
    assert "short-secret" not in result.stderr


@pytest.mark.parametrize("words", [["--email", "a"], ["--email", "a@b@c"], ["--email", "a@b.c", "--expires", "0"], []])
def test_what_makes_no_token_is_a_usage_error(words: list[str]) -> None:
    assert run("token", *words, SHADOW_SYNC_JWT_SECRET=SECRET).exit_code == 2
