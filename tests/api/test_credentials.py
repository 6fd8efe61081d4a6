"""Who is let in over HTTP, and that nobody else is told why not. Tokens are verified with a shared secret here."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.door import KEY, SECOND_KEY, Answer, Door, credentials, token
from tests.api.jobs import Jobs

PATH = "/admin/shadow-sync/hub-1"
ADMIN_PATHS = [
    ("POST", PATH),
    ("POST", "/admin/shadow-sync/"),
    ("GET", f"/admin/shadow-sync-jobs/{'0' * 32}"),
    ("GET", "/admin"),
    ("GET", "/admin/nowhere"),
    ("DELETE", PATH),
    ("OPTIONS", PATH),
    ("GET", "//admin/shadow-sync-jobs/0"),
]


def segment(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(header: Any, claims: Any = None, signature: bytes = b"") -> str:
    claims = claims if claims is not None else {"email": "ada@smartphonekey.com", "exp": int(time.time()) + 600}
    return f"{segment(header)}.{segment(claims)}.{segment(signature)}"


def assert_unauthorized(answer: Answer) -> None:
    assert answer.status == 401
    body = answer.json
    assert body.pop("requestId") == answer.headers["X-Request-Id"]
    assert body == {
        "success": False,
        "error": "Unauthorized",
        "message": "A valid bearer token and a valid API key are required.",
        "code": 401,
    }
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ADMIN_PATHS)
def test_nothing_under_admin_is_told_to_a_stranger(door: Door, method: str, path: str) -> None:
    assert_unauthorized(door.ask(method, path, credentials={}))


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs"])
def test_health_and_documentation_are_open(door: Door, path: str) -> None:
    assert door.ask("GET", path, credentials={}).status == 200


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"X-Admin-API-Key": KEY}, id="X-Admin-API-Key"),
        pytest.param({"X-API-Key": KEY}, id="X-API-Key"),
        pytest.param({"x-api-key": KEY, "x-admin-api-key": KEY}, id="both alike"),
        pytest.param({"X-Admin-API-Key": SECOND_KEY}, id="the other key"),
    ],
)
def test_a_good_key_is_let_in_under_either_name(door: Door, keys: dict[str, str]) -> None:
    sent = {"Authorization": f"Bearer {token()}", **keys}
    assert door.ask("POST", PATH, credentials=sent).status == 202


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({}, id="none"),
        pytest.param({"X-Admin-API-Key": ""}, id="empty"),
        pytest.param({"X-Admin-API-Key": "wrong"}, id="wrong"),
        pytest.param({"X-Admin-API-Key": KEY + "x"}, id="one character more"),
        pytest.param({"X-Admin-API-Key": KEY.upper()}, id="upper case"),
        pytest.param({"X-Admin-API-Key": "caf\xe9"}, id="not ASCII"),
        pytest.param({"X-Admin-API-Key": "support"}, id="a label"),
        pytest.param({"X-Admin-API-Key": KEY, "X-API-Key": SECOND_KEY}, id="two good keys that differ"),
        pytest.param({"X-Admin-API-Key": KEY, "X-API-Key": "wrong"}, id="one good, one wrong"),
        pytest.param({"X-Admin-API-Key": "wrong", "X-API-Key": KEY}, id="one wrong, one good"),
        pytest.param({"X-Admin-API-Key": KEY, "X-API-Key": ""}, id="one good, one empty"),
        pytest.param({"X-Admin-API-Key": f"{KEY},{KEY}"}, id="as a proxy joins two"),
    ],
)
def test_without_a_good_key_nobody_is_let_in(door: Door, jobs: Jobs, keys: dict[str, str]) -> None:
    assert_unauthorized(door.ask("POST", PATH, credentials={"Authorization": f"Bearer {token()}", **keys}))
    assert jobs.ids() == []


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(lambda: None, id="none"),
        pytest.param(lambda: "", id="empty"),
        pytest.param(lambda: "Bearer", id="no token"),
        pytest.param(lambda: "Bearer nonsense", id="malformed"),
        pytest.param(lambda: f"Basic {token()}", id="another scheme"),
        pytest.param(token, id="no scheme"),
        pytest.param(lambda: f"Bearer {token()[:-2]}", id="signature cut off"),
        pytest.param(lambda: f"Bearer {token(secret='x' * 32)}", id="another secret"),
        pytest.param(lambda: f"Bearer {token(algorithm='HS384')}", id="HS384"),
        pytest.param(lambda: f"Bearer {token(exp=int(time.time()) - 31)}", id="expired"),
        pytest.param(lambda: f"Bearer {token(exp=None)}", id="no exp"),
        pytest.param(lambda: f"Bearer {token(exp='soon')}", id="exp is no number"),
        pytest.param(lambda: f"Bearer {token(exp=float('inf'))}", id="exp is infinite"),
        pytest.param(lambda: f"Bearer {token(nbf=int(time.time()) + 60)}", id="not yet valid"),
        pytest.param(lambda: f"Bearer {token(iat=int(time.time()) + 60)}", id="issued in the future"),
        pytest.param(lambda: f"Bearer {unsigned({'alg': 'none'})}", id="alg none"),
        pytest.param(lambda: f"Bearer {unsigned({'alg': 'None', 'typ': 'JWT'})}", id="alg None"),
        pytest.param(lambda: f"Bearer {unsigned({})}", id="no alg"),
        pytest.param(lambda: f"Bearer {unsigned({'alg': ['HS256']})}", id="alg is a list"),
        pytest.param(lambda: f"Bearer {unsigned({'alg': {}, 'kid': []})}", id="kid is a list"),
        pytest.param(lambda: f"Bearer {unsigned([])}", id="header is a list"),
        pytest.param(lambda: f"Bearer {unsigned(b'[' * 5000)}", id="header is deeply nested"),
        pytest.param(lambda: f"Bearer {token(headers={'crit': ['exp'], 'exp': 1})}", id="crit"),
        pytest.param(lambda: f"Bearer {token(headers={'crit': 1})}", id="crit is a number"),
        pytest.param(lambda: f"Bearer {token(padding='x' * 7000)}", id="too long"),
        pytest.param(lambda: f"Bearer {token()},Bearer {token()}", id="two"),
        pytest.param(lambda: "Bearer \xff\xfe.\xe9.x", id="not ASCII"),
    ],
)
def test_without_a_good_token_nobody_is_let_in(door: Door, jobs: Jobs, header: Callable[[], str | None]) -> None:
    value = header()
    sent = {"X-Admin-API-Key": KEY} | ({} if value is None else {"Authorization": value})
    assert_unauthorized(door.ask("POST", PATH, credentials=sent))
    assert jobs.ids() == []


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"exp": -20}, id="expired within the leeway"),
        pytest.param({"nbf": 20}, id="valid within the leeway"),
        pytest.param({"iat": 20}, id="issued within the leeway"),
    ],
)
def test_clocks_may_differ_by_half_a_minute(door: Door, claims: dict[str, int]) -> None:
    moved: dict[str, Any] = {name: int(time.time()) + seconds for name, seconds in claims.items()}
    assert door.ask("POST", PATH, credentials=credentials(**moved)).status == 202


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_known_in_any_case(door: Door, scheme: str) -> None:
    sent = {"Authorization": f"{scheme} {token()}", "X-API-Key": KEY}
    assert door.ask("POST", PATH, credentials=sent).status == 202


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"email": "a@smartphonekey.com.evil.org"}, id="another domain"),
        pytest.param({"email": None}, id="no e-mail"),
        pytest.param({"email_verified": False}, id="not verified"),
    ],
)
def test_a_good_token_of_somebody_else_is_forbidden(door: Door, jobs: Jobs, claims: dict[str, Any]) -> None:
    answer = door.ask("POST", PATH, credentials=credentials(**claims))
    body = answer.json
    assert (answer.status, body["error"], body["code"], body["success"]) == (403, "Forbidden", 403, False)
    assert "evil" not in body["message"]
    assert jobs.ids() == []


def test_a_bad_key_does_not_tell_whose_token_it_is(door: Door) -> None:
    assert_unauthorized(door.ask("POST", PATH, credentials=credentials("wrong", email="a@evil.org")))
