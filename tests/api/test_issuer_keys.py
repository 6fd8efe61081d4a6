"""The issuer's published keys (JWKS): fetched no more than needed, from an issuer that may be away, slow or spoilt."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest

from api.jwks import IssuerKeys, KeysUnreachableError, Pace, UnknownKeyError
from tests.api.issuer import Issuer, SigningKey, serving_issuer
from tests.waiting import until

RSA, ELLIPTIC = SigningKey.rsa("rsa-1"), SigningKey.elliptic("ec-1")
QUICK = Pace(fetch_timeout=0.5, refresh_after=60.0, usable_for=60.0, cool_down=0.0)
ALGORITHMS = ("RS256", "ES256")


@pytest.fixture
def own_issuer() -> Iterator[Issuer]:
    with serving_issuer(RSA) as issuer:
        yield issuer


@contextmanager
def released(issuer: Issuer) -> Iterator[None]:
    """Lets the issuer go on at the end, so that no thread is left waiting for it when the test fails."""
    try:
        yield
    finally:
        issuer.go_on.set()


def test_keys_are_fetched_once_for_many_tokens(own_issuer: Issuer) -> None:
    keys = IssuerKeys(own_issuer.url, ALGORITHMS)
    with ThreadPoolExecutor(8) as threads:
        assert {key.key_id for key in threads.map(lambda _: keys.find("rsa-1"), range(40))} == {"rsa-1"}
    assert own_issuer.fetches == 1


def test_invented_key_ids_do_not_make_us_fetch_on_every_request(own_issuer: Issuer) -> None:
    keys = IssuerKeys(own_issuer.url, ALGORITHMS)
    for number in range(20):
        with pytest.raises(UnknownKeyError):
            keys.find(f"invented-{number}")
    assert own_issuer.fetches == 1


def test_a_new_key_is_found_and_a_withdrawn_one_forgotten(own_issuer: Issuer) -> None:
    keys = IssuerKeys(own_issuer.url, ALGORITHMS, QUICK)
    keys.find("rsa-1")
    own_issuer.keys = [ELLIPTIC.published()]
    assert keys.find("ec-1").algorithm_name == "ES256"
    with pytest.raises(UnknownKeyError):
        keys.find("rsa-1")


def test_keys_that_are_known_go_on_working_while_the_issuer_is_away(own_issuer: Issuer) -> None:
    keys = IssuerKeys(own_issuer.url, ALGORITHMS, Pace(refresh_after=0.0, cool_down=0.0))
    keys.find("rsa-1")
    own_issuer.status = 500
    assert keys.find("rsa-1").key_id == "rsa-1"
    assert own_issuer.fetches == 2
    with pytest.raises(KeysUnreachableError):
        keys.find("ec-1")


def test_keys_are_not_used_for_ever_while_the_issuer_is_away(own_issuer: Issuer) -> None:
    keys = IssuerKeys(own_issuer.url, ALGORITHMS, Pace(refresh_after=0.0, usable_for=0.0, cool_down=0.0))
    with pytest.raises(UnknownKeyError):
        keys.find("rsa-1")
    own_issuer.status = 500
    with pytest.raises(KeysUnreachableError):
        keys.find("rsa-1")


def test_an_issuer_that_is_away_is_not_asked_on_every_request(own_issuer: Issuer) -> None:
    own_issuer.status = 503
    keys = IssuerKeys(own_issuer.url, ALGORITHMS)
    for _ in range(5):
        with pytest.raises(KeysUnreachableError):
            keys.find("rsa-1")
    assert own_issuer.fetches == 1


def test_an_issuer_that_comes_back_is_believed_again(own_issuer: Issuer) -> None:
    own_issuer.status = 503
    keys = IssuerKeys(own_issuer.url, ALGORITHMS, QUICK)
    with pytest.raises(KeysUnreachableError):
        keys.find("rsa-1")
    own_issuer.status = 200
    assert keys.find("rsa-1")


def test_an_issuer_that_does_not_answer_is_given_up_in_time(own_issuer: Issuer) -> None:
    own_issuer.go_on.clear()
    keys = IssuerKeys(own_issuer.url, ALGORITHMS, Pace(fetch_timeout=0.3))
    with pytest.raises(KeysUnreachableError):
        keys.find("rsa-1")


def test_an_issuer_whose_headers_trickle_is_given_up_in_time_and_hung_up_on(own_issuer: Issuer) -> None:
    own_issuer.trickles = True
    own_issuer.go_on.clear()
    keys = IssuerKeys(own_issuer.url, ALGORITHMS, Pace(fetch_timeout=0.3))
    with ThreadPoolExecutor(1) as threads, released(own_issuer):
        asked = threads.submit(keys.find, "rsa-1")
        assert isinstance(asked.exception(5), KeysUnreachableError)
        assert own_issuer.hung_up.wait(5)


def test_nobody_waits_for_the_fetches_of_all_others_before_their_own(own_issuer: Issuer) -> None:
    own_issuer.trickles = True
    own_issuer.go_on.clear()
    keys = IssuerKeys(own_issuer.url, ALGORITHMS, Pace(fetch_timeout=0.4, cool_down=0.0))
    with ThreadPoolExecutor(10) as threads, released(own_issuer):
        asked = [threads.submit(keys.find, "rsa-1") for _ in range(10)]
        in_time, late = wait(asked, 2)
        assert not late
    assert {type(one.exception()) for one in in_time} == {KeysUnreachableError}


def test_who_has_a_known_key_does_not_wait_for_a_slow_issuer(own_issuer: Issuer) -> None:
    keys = IssuerKeys(own_issuer.url, ALGORITHMS, Pace(fetch_timeout=20.0, refresh_after=0.0, cool_down=0.0))
    keys.find("rsa-1")
    own_issuer.go_on.clear()
    refreshing = threading.Thread(target=keys.find, args=["rsa-1"])
    refreshing.start()
    until(lambda: own_issuer.fetches == 2)
    assert keys.find("rsa-1")
    assert refreshing.is_alive()
    own_issuer.go_on.set()
    refreshing.join(20)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="not JSON"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'{"keys": []}', id="no keys"),
        pytest.param(b'{"keys": {"kid": "rsa-1"}}', id="keys are no array"),
        pytest.param(b'{"keys": [1, null, "x"]}', id="keys are no objects"),
        pytest.param(b'{"keys": [{"kid": "rsa-1", "kty": "RSA", "n": 1, "e": []}]}', id="key is spoilt"),
        pytest.param(b'{"keys": [{"kid": "rsa-1", "kty": "oct", "alg": ["HS256"], "k": "eA"}]}', id="alg is a list"),
        pytest.param(b"[" * 100_000, id="deeply nested"),
    ],
)
def test_a_spoilt_document_is_like_none(own_issuer: Issuer, body: bytes) -> None:
    own_issuer.body = body
    with pytest.raises(KeysUnreachableError):
        IssuerKeys(own_issuer.url, ALGORITHMS).find("rsa-1")


def test_a_document_that_is_too_long_is_like_none(own_issuer: Issuer) -> None:
    own_issuer.body = b" " * 600_000 + own_issuer.document()
    with pytest.raises(KeysUnreachableError):
        IssuerKeys(own_issuer.url, ALGORITHMS).find("rsa-1")


def test_only_keys_that_sign_with_an_accepted_algorithm_are_used(own_issuer: Issuer) -> None:
    own_issuer.keys = [
        {"kid": "shared", "kty": "oct", "k": "c2VjcmV0LXRoYXQtZXZlcnlib2R5LWNhbi1yZWFkLW9u"},
        RSA.published(kid="encrypts", use="enc"),
        RSA.published(kid="rs512", alg="RS512"),
        {"kid": "unknown", "kty": "future"},
        {"kid": ["a"], **{name: value for name, value in ELLIPTIC.published().items() if name != "kid"}},
        ELLIPTIC.published(),
    ]
    keys = IssuerKeys(own_issuer.url, ALGORITHMS)
    assert keys.find("ec-1").algorithm_name == "ES256"
    for key_id in ("shared", "encrypts", "rs512", "unknown"):
        with pytest.raises(UnknownKeyError):
            keys.find(key_id)
