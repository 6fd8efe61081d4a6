"""Whose e-mail address may come in, and how issuer and audience are enforced. No HTTP: the rules alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from api.errors import Forbidden, Unauthorized
from api.settings import ApiSettings
from api.tokens import Tokens, allowed_email
from tests.api.door import SECRET, token

DOMAINS = ("smartphonekey.com", "example.org")


@pytest.mark.parametrize(
    "email", ["a@smartphonekey.com", "A.b+c@SmartPhoneKey.COM", "x@example.org", "o'neil@smartphonekey.com"]
)
def test_an_address_of_an_allowed_domain_may_come_in_whatever_its_case(email: str) -> None:
    assert allowed_email({"email": email}, DOMAINS) == email


@pytest.mark.parametrize(
    "email",
    [
        pytest.param("a@smartphonekey.com.evil.org", id="domain goes on"),
        pytest.param("a@evil-smartphonekey.com", id="domain begins before"),
        pytest.param("a@evil.smartphonekey.com", id="subdomain"),
        pytest.param("a@b@smartphonekey.com", id="two at signs"),
        pytest.param("a@smartphonekey.com@evil.org", id="two at signs, the other way round"),
        pytest.param('"a@b"@smartphonekey.com', id="at sign in quotes"),
        pytest.param("smartphonekey.com", id="no at sign"),
        pytest.param("@smartphonekey.com", id="nobody"),
        pytest.param("a@", id="no domain"),
        pytest.param("", id="empty"),
        pytest.param("a@smartphonekey.com.", id="dot at the end"),
        pytest.param("a@smartphonekey.com\n", id="newline at the end"),
        pytest.param("a b@smartphonekey.com", id="space"),
        pytest.param("a\x00@smartphonekey.com", id="NUL"),
        pytest.param("a@smartphone\u212aey.com", id="Kelvin sign for k"),
        pytest.param("a@\uff53martphonekey.com", id="full-width s"),
        pytest.param("\xe9@smartphonekey.com", id="accent"),
        pytest.param("a" * 240 + "@smartphonekey.com", id="too long"),
        pytest.param(None, id="null"),
        pytest.param(["a@smartphonekey.com"], id="list"),
        pytest.param({"a": 1}, id="object"),
        pytest.param(1, id="number"),
    ],
)
def test_any_other_address_is_forbidden(email: object) -> None:
    with pytest.raises(Forbidden):
        allowed_email({"email": email}, DOMAINS)


def test_a_token_without_an_address_is_forbidden() -> None:
    with pytest.raises(Forbidden):
        allowed_email({"sub": "a@smartphonekey.com"}, DOMAINS)


@pytest.mark.parametrize("verified", [False, "false", "False", "no", "", None, 0, 1, [], {}])
def test_an_address_that_is_not_said_to_be_verified_is_forbidden(verified: object) -> None:
    with pytest.raises(Forbidden):
        allowed_email({"email": "a@smartphonekey.com", "email_verified": verified}, DOMAINS)


@pytest.mark.parametrize("claims", [{}, {"email_verified": True}, {"email_verified": "true"}])
def test_an_address_may_be_verified_or_nothing_be_said_about_it(claims: dict[str, Any]) -> None:
    assert allowed_email({"email": "a@smartphonekey.com", **claims}, DOMAINS)


@given(
    email=st.text(max_size=40)
    | st.lists(st.text(max_size=10) | st.sampled_from(["@", *DOMAINS]), min_size=2, max_size=5).map("".join)
)
def test_whoever_comes_in_has_one_at_sign_and_an_allowed_domain_after_it(email: str) -> None:
    try:
        allowed = allowed_email({"email": email}, DOMAINS)
    except Forbidden:
        return
    assert allowed == email
    assert allowed.split("@")[1:] in [[domain] for domain in DOMAINS]
    assert allowed.split("@")[0].strip()


def tokens(**settings: Any) -> Tokens:
    return Tokens(ApiSettings(admin_api_keys={"a": b"0" * 32}, jwt_secret=SecretStr(SECRET), **settings))


@pytest.mark.parametrize(
    ("settings", "claims", "lets_in"),
    [
        ({}, {"iss": "anybody", "aud": "anything"}, True),
        ({"jwt_issuer": "https://issuer"}, {"iss": "https://issuer"}, True),
        ({"jwt_issuer": "https://issuer"}, {"iss": "https://issuer/"}, False),
        ({"jwt_issuer": "https://issuer"}, {}, False),
        ({"jwt_audience": "shadow-sync"}, {"aud": "shadow-sync"}, True),
        ({"jwt_audience": "shadow-sync"}, {"aud": ["other", "shadow-sync"]}, True),
        ({"jwt_audience": "shadow-sync"}, {"aud": "other"}, False),
        ({"jwt_audience": "shadow-sync"}, {"aud": {"shadow-sync": 1}}, False),
        ({"jwt_audience": "shadow-sync"}, {}, False),
    ],
)
def test_issuer_and_audience_are_enforced_where_configured(
    settings: dict[str, str], claims: dict[str, Any], lets_in: bool
) -> None:
    if lets_in:
        assert tokens(**settings).email(token(**claims))
    else:
        with pytest.raises(Unauthorized):
            tokens(**settings).email(token(**claims))


def test_only_the_configured_domains_are_allowed() -> None:
    other = tokens(allowed_email_domains="Example.org, example.net")
    assert other.email(token(email="a@example.net")) == "a@example.net"
    with pytest.raises(Forbidden):
        other.email(token(email="a@smartphonekey.com"))
