"""By the examples of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html, and the empty
message of the standards: RFC 1319, RFC 1321, FIPS 180-4.
"""

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.functions import find
from iot_sql.values import UNDEFINED, Value, Version
from tests.iot_sql.functions.applying import apply
from tests.iot_sql.strategies import VALUES

OF_NOTHING = {
    "md2": "8350e5a3e24c153df2275c9f80692773",
    "md5": "d41d8cd98f00b204e9800998ecf8427e",
    "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha224": "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha384": "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
    "sha512": "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
}


@pytest.mark.parametrize(
    ("name", "expected"), [("md2", "a9046c73e00331af68917d3804f70655"), ("md5", "5d41402abc4b2a76b9719d911017c592")]
)
def test_the_examples_of_the_page_hold(name: str, expected: str) -> None:
    assert apply(name, "hello") == expected


@pytest.mark.parametrize(("name", "expected"), OF_NOTHING.items())
def test_the_hash_of_an_empty_string_is_the_standards(name: str, expected: str) -> None:
    assert apply(name, "") == expected


@pytest.mark.parametrize(
    ("value", "as_text"),
    [
        (5, "5"),
        (2.5, "2.5"),
        (True, "true"),
        (["a", 1, None], '["a",1,null]'),
        ({"a": "é"}, '{"a":"é"}'),
        ("half a pair: \ud800", "half a pair: ?"),
    ],
)
def test_other_values_are_hashed_as_their_string(value: Value, as_text: str) -> None:
    for name in OF_NOTHING:
        assert apply(name, value) == apply(name, as_text), name


def test_the_bytes_hashed_are_utf_8() -> None:
    assert apply("sha1", "é") == "bf15be717ac1b080b4f1c456692825891ff5073d"


@pytest.mark.parametrize("value", [None, UNDEFINED])
def test_null_and_undefined_have_no_hash(value: Value) -> None:
    for name in OF_NOTHING:
        assert apply(name, value) is UNDEFINED, name


@pytest.mark.parametrize("name", OF_NOTHING)
def test_hashes_are_in_every_version(name: str) -> None:
    found = find(name)
    assert found
    assert (found.name, found.since) == (name, Version.V2015)


@settings(deadline=timedelta(seconds=5))
@given(st.sampled_from(sorted(OF_NOTHING)), VALUES)
def test_any_value_gives_a_hash_or_undefined(name: str, value: Value) -> None:
    result = apply(name, value)
    assert result is UNDEFINED or (isinstance(result, str) and re.fullmatch("[0-9a-f]{32,128}", result))
