"""Tokens that somebody made to get in: each is refused, breaks nothing, and sends us nowhere."""

import base64
import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.jwks import IssuerKeys, KeysUnreachableError
from tests.api.attacks import ATTACKS, PADDING, Header, claims, signed
from tests.api.door import KEY, Answer, Door, running_api, token
from tests.api.issuer import Issuer, SigningKey, serving_issuer
from tests.api.test_credentials import PATH, assert_unauthorized, segment
from tests.api.test_server import speak
from tests.conftest import Valkey

RSA, MINE = SigningKey.rsa("rsa-1"), SigningKey.rsa("rsa-1")
KEY_IDS = [
    *("../../../../dev/null", "..\\..\\windows\\win.ini", "/proc/self/environ", "file:///etc/passwd", "rsa-1/../rsa-1"),
    *(
        "' OR '1'='1",
        "1; DROP TABLE keys",
        "rsa-1\x00",
        "rsa-1\n",
        "RSA-1",
        "rsa-1 ",
        "",
        "*",
        "$(id)",
        "${jndi:ldap://x}",
    ),
    *("\ud800", "\u2028", "k" * 4000, "__class__", "None", "null", "0"),
]
OTHER_TYPES: list[Any] = [None, 0, 1.5, True, [], ["rsa-1"], {}, {"rsa-1": 1}]


@pytest.fixture(scope="module")
def trap() -> Iterator[Issuer]:
    """A JWKS of the attacker's. Nobody ever asks for it."""
    with serving_issuer(MINE) as trap:
        yield trap
        assert trap.fetches == 0


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving_issuer(RSA) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def jwks_door(issuer: Issuer, shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("attacks")
    with running_api(shared_valkey.url, folder, SHADOW_SYNC_JWKS_URL=issuer.url) as door:
        yield door


def ask(door: Door, bearer: str) -> Answer:
    return door.ask("GET", "/admin/nowhere", credentials={"Authorization": f"Bearer {bearer}", "X-Admin-API-Key": KEY})


@pytest.mark.parametrize("name", ATTACKS)
def test_a_made_up_token_opens_nothing(shared_door: Door, jwks_door: Door, name: str) -> None:
    bearer = ATTACKS[name]()
    assert_unauthorized(ask(shared_door, bearer))
    assert_unauthorized(ask(jwks_door, bearer))


def naming(trap: Issuer) -> list[Header]:
    """Headers that bring a key, or say where there is one."""
    return [
        *({name: trap.url} for name in ("jku", "x5u", "kid", "iss", "url")),
        {"jwk": MINE.published()},
        {"x5c": [base64.b64encode(b"certificate").decode()], "x5t": "eA", "x5t#S256": "eA"},
        {"jku": f"{trap.url}#", "jwk": MINE.published(), "x5u": trap.url, "crit": ["jku"]},
    ]


def test_a_key_that_the_token_brings_or_names_is_not_used_and_not_fetched(
    jwks_door: Door, shared_door: Door, trap: Issuer
) -> None:
    for header in naming(trap):
        kid = {"kid": "rsa-1"} | header
        assert_unauthorized(ask(jwks_door, token(MINE.private, "RS256", kid, iss=trap.url)))
        assert_unauthorized(ask(shared_door, token("the attacker's own secret, of some length", headers=kid)))
    assert trap.fetches == 0


@pytest.mark.parametrize("key_id", KEY_IDS + OTHER_TYPES, ids=lambda key_id: repr(key_id)[:20])
def test_a_key_id_is_looked_up_and_nothing_else(jwks_door: Door, issuer: Issuer, key_id: Any) -> None:
    header = {"alg": "RS256", "kid": key_id}
    signing_input = f"{segment(header)}.{segment(claims())}"
    signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(
        signing_input.encode(),
        RSA.private,  # type: ignore[arg-type]  # it is an RSA key
    )
    assert_unauthorized(ask(jwks_door, f"{signing_input}.{segment(signature)}"))
    assert_unauthorized(ask(jwks_door, signed(header, secret="\x00")))


def test_invented_key_ids_made_the_issuer_be_asked_now_and_then_only(jwks_door: Door, issuer: Issuer) -> None:
    begun, before = time.monotonic(), issuer.fetches
    for number in range(30):
        assert_unauthorized(ask(jwks_door, signed({"alg": "RS256", "kid": f"invented-{number}"})))
    assert issuer.fetches - before <= 1 + (time.monotonic() - begun) / 10


def test_a_token_of_a_megabyte_is_refused_before_it_is_read(shared_door: Door) -> None:
    for line in (b"Authorization: Bearer " + PADDING.encode(), b"X-Admin-API-Key: " + PADDING.encode()):
        try:
            head, _ = speak(shared_door, b"GET /admin/nowhere HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")
        except ConnectionError:
            # The server need not read on, and the client then sees a reset.
            continue
        assert head.partition(b"\r\n")[0].split()[1] in (b"431", b"400")
    assert shared_door.ask("GET", "/healthz").status == 200


GOOD, BAD = f"Bearer {token()}", "Bearer x.y.z"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([GOOD, BAD], id="good and bad"),
        pytest.param([BAD, GOOD], id="bad and good"),
        pytest.param([GOOD, GOOD], id="alike"),
        pytest.param(["Basic YTpi", GOOD], id="Basic and Bearer"),
        pytest.param([GOOD, ""], id="good and empty"),
        pytest.param([f"Bearer {GOOD}"], id="Bearer twice"),
    ],
)
def test_several_authorization_headers_are_none(shared_door: Door, sent: list[str]) -> None:
    lines = [f"X-Admin-API-Key: {KEY}", *(f"Authorization: {value}" for value in sent)]
    head, body = speak(
        shared_door, "\r\n".join([f"POST {PATH} HTTP/1.1", "Host: x", "Connection: close", *lines, "", ""]).encode()
    )
    assert head.startswith(b"HTTP/1.1 401 ")
    assert json.loads(body)["code"] == 401


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "zip", "jwk", "jku", "x5u", "x5c", "cty", "enc"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.dictionaries(NAMES, JSON | st.sampled_from(["RS256", "HS256", "none", "rsa-1"])), payload=JSON)
def test_whatever_header_and_claims_are_the_answer_is_401(jwks_door: Door, header: Header, payload: Any) -> None:
    assert_unauthorized(ask(jwks_door, signed(header, payload, secret="not ours")))


def test_an_issuer_that_points_elsewhere_is_not_followed(trap: Issuer) -> None:
    with serving_issuer(RSA) as issuer:
        issuer.status, issuer.headers = 302, {"Location": trap.url}
        with pytest.raises(KeysUnreachableError):
            IssuerKeys(issuer.url, ("RS256",)).find("rsa-1")
    assert trap.fetches == 0


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"Content-Type": "text/html"}, b"<html>sign in</html>", id="a page"),
        pytest.param({"Content-Encoding": "gzip"}, gzip.compress(b" " * 50_000_000), id="compressed, without end"),
        pytest.param({"Content-Encoding": "gzip"}, b"not compressed", id="not compressed"),
        pytest.param({}, b'{"keys": [' + b'{"kid": "a"},' * 60_000 + b"{}]}", id="huge"),
    ],
)
def test_an_issuer_that_sends_something_else_is_like_none(headers: dict[str, str], body: bytes) -> None:
    with serving_issuer(RSA) as issuer:
        issuer.headers, issuer.body = headers, body
        with pytest.raises(KeysUnreachableError):
            IssuerKeys(issuer.url, ("RS256",)).find("rsa-1")


def test_keys_are_keys_whatever_type_the_issuer_says_they_are() -> None:
    with serving_issuer(RSA) as issuer:
        issuer.headers = {"Content-Type": "text/plain"}
        assert IssuerKeys(issuer.url, ("RS256",)).find("rsa-1").key_id == "rsa-1"


def test_nothing_of_this_was_an_error_of_ours(jwks_door: Door, shared_door: Door) -> None:
    for door in (jwks_door, shared_door):
        assert not [line for line in door.log() if line.get("status", 0) >= 500 and line["path"] == "/admin/nowhere"]
