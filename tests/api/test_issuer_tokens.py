"""Who is let in over HTTP where the issuer of tokens publishes its keys (JWKS)."""

import hmac
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.api.door import KEY, Answer, Door, running_api, token
from tests.api.issuer import Issuer, SigningKey, serving_issuer
from tests.api.test_credentials import assert_unauthorized, unsigned
from tests.conftest import Valkey

RSA, ELLIPTIC, OTHER = SigningKey.rsa("rsa-1"), SigningKey.elliptic("ec-1"), SigningKey.elliptic("ec-2")
OTHER_RSA = SigningKey.rsa("rsa-2")
WEAK = SigningKey.rsa("weak", bits=1024)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving_issuer(RSA, ELLIPTIC, WEAK) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def jwks_door(issuer: Issuer, shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("jwks")
    with running_api(shared_valkey.url, folder, SHADOW_SYNC_JWKS_URL=issuer.url) as door:
        yield door


def ask(door: Door, bearer: str, key: str = KEY) -> Answer:
    sent = {"Authorization": f"Bearer {bearer}", "X-Admin-API-Key": key}
    return door.ask("GET", f"/admin/shadow-sync-jobs/{'0' * 32}", credentials=sent)


@pytest.mark.parametrize("key", [RSA, ELLIPTIC], ids=["RS256", "ES256"])
def test_a_token_signed_with_a_published_key_is_let_in(jwks_door: Door, key: SigningKey) -> None:
    assert ask(jwks_door, key.token()).status == 404


def public_pem(key: SigningKey) -> bytes:
    return key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed_with_the_public_key(key: SigningKey) -> str:
    """HS256, with what everybody can read as the secret."""
    signing_input = unsigned({"alg": "HS256", "kid": key.key_id}).rpartition(".")[0]
    signature = hmac.digest(public_pem(key), signing_input.encode(), sha256)
    return f"{signing_input}.{unsigned({}, {}, signature).rpartition('.')[2]}"


@pytest.mark.parametrize(
    "bearer",
    [
        pytest.param(lambda: signed_with_the_public_key(RSA), id="HS256 signed with the public RSA key"),
        pytest.param(lambda: token(headers={"kid": RSA.key_id}), id="HS256"),
        pytest.param(lambda: unsigned({"alg": "none", "kid": RSA.key_id}), id="alg none"),
        pytest.param(lambda: SigningKey(RSA.key_id, "RS256", OTHER_RSA.private).token(), id="another private key"),
        pytest.param(lambda: SigningKey(ELLIPTIC.key_id, "RS256", RSA.private).token(), id="under an EC key's id"),
        pytest.param(lambda: SigningKey(RSA.key_id, "RS384", RSA.private).token(), id="RS384"),
        pytest.param(lambda: SigningKey(RSA.key_id, "PS256", RSA.private).token(), id="PS256"),
        pytest.param(lambda: OTHER.token(), id="unknown key id"),
        pytest.param(lambda: token(RSA.private, "RS256"), id="no key id"),
        pytest.param(lambda: RSA.token(exp=1), id="expired"),
    ],
)
def test_any_other_token_is_refused(jwks_door: Door, bearer: Any) -> None:
    assert_unauthorized(ask(jwks_door, bearer()))


def test_the_issuer_is_not_asked_on_behalf_of_who_has_no_api_key(shared_valkey: Valkey, tmp_path: Path) -> None:
    with (
        serving_issuer(RSA) as issuer,
        running_api(shared_valkey.url, tmp_path, SHADOW_SYNC_JWKS_URL=issuer.url) as door,
    ):
        assert_unauthorized(ask(door, RSA.token(), key="wrong"))
        assert issuer.fetches == 0
        issuer.status = 500
        answer = ask(door, RSA.token())
        assert (answer.status, answer.json["error"]) == (503, "Service Unavailable")
        assert int(answer.headers["Retry-After"]) >= 1


def test_a_key_that_is_too_short_verifies_nothing(jwks_door: Door) -> None:
    with pytest.warns(Warning, match="2048"):
        bearer = WEAK.token()
    assert_unauthorized(ask(jwks_door, bearer))
