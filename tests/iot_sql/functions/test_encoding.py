"""https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-decode-base64"""

import base64
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql import Rule, evaluate
from iot_sql.errors import LimitError, NeedsAws
from iot_sql.values import UNDEFINED, Value, Version
from tests.iot_sql.functions.applying import apply, typed
from tests.iot_sql.strategies import VALUES


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_decode_makes_an_addressable_object_of_a_json_text() -> None:
    message = {"encoded_temp": "eyAidGVtcGVyYXR1cmUiOiAzMyB9Cg=="}
    sql = "SELECT decode(encoded_temp,\"base64\").temperature AS temp from 'topic/subtopic'"
    assert evaluate(sql, message, topic="topic/subtopic") == {"temp": 33}


def test_a_message_that_is_no_object_is_read_through_encode_and_decode() -> None:
    sql = (
        "SELECT decode(encode(*, 'base64'), 'base64') AS value FROM 'topic/subtopic' "
        "WHERE decode(encode(*, 'base64'), 'base64') > 50"
    )
    assert evaluate(sql, b"80", topic="topic/subtopic") == {"value": 80}


def test_encode_of_the_whole_message_takes_its_bytes_as_they_were_published() -> None:
    sql = "SELECT encode(*, 'base64') AS data FROM 'my_topic'"
    for published in (b'{ "a" :  1 }', b"\x00\xff no JSON"):
        assert evaluate(sql, published, topic="my_topic") == {"data": base64.b64encode(published).decode()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("80", 80),
        ("2.50", 2.5),
        ("10.0", 10),
        ('"quoted"', "quoted"),
        ("true", True),
        ("null", None),
        ('[1,{"a":null}]', [1, {"a": None}]),
        ('{"a":', '{"a":'),
        ("NaN", "NaN"),
        ("é😀", "é😀"),
        ("12345678901234567890.123", Decimal("12345678901234567890.123")),
    ],
)
def test_decode_reads_json_and_leaves_other_text_as_it_is(text: str, expected: Value) -> None:
    assert typed(apply("decode", encoded(text), "base64")) == typed(expected)


def test_decode_reads_numbers_as_the_version_of_the_rule_does() -> None:
    assert typed(apply("decode", encoded("10.0"), "base64", version=Version.V2015)) == (float, 10.0)


@pytest.mark.parametrize(
    "text", ["=", "Q", "QQ=", "QQ===", "QUI==", "Q Q=", "QUI=\n", "Q-_=", "QQ==QQ==", "é", "\ud800"]
)
def test_decode_is_null_for_what_is_not_base64(text: str) -> None:
    assert apply("decode", text, "base64") is None


@pytest.mark.parametrize(("text", "expected"), [("QQ==", "A"), ("QQ", "A"), ("QUI=", "AB"), ("QUI", "AB")])
def test_decode_does_without_the_padding(text: str, expected: str) -> None:
    assert apply("decode", text, "base64") == expected


def test_decode_is_null_for_bytes_that_are_no_text() -> None:
    assert apply("decode", base64.b64encode(b"\xff\xfe").decode(), "base64") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (2.5, "2.5"),
        (True, "true"),
        ("é€", "é€"),
        ([1, "a"], '[1,"a"]'),
        ({"a": None}, '{"a":null}'),
        ("\ud800", "?"),
    ],
)
def test_encode_converts_what_it_is_given_to_a_string_first(value: Value, text: str) -> None:
    assert apply("encode", value, "base64") == encoded(text)


@pytest.mark.parametrize("nothing", [None, UNDEFINED])
def test_what_has_no_string_form_is_undefined(nothing: Value) -> None:
    assert apply("encode", nothing, "base64") is apply("decode", nothing, "base64") is UNDEFINED


@pytest.mark.parametrize("scheme", ["hex", "BASE64", "", 64, None, UNDEFINED, ["base64"]])
def test_no_other_scheme_is_known(scheme: Value) -> None:
    assert apply("encode", "A", scheme) is apply("decode", "QQ==", scheme) is UNDEFINED


def test_base64_takes_no_descriptor() -> None:
    assert apply("decode", "QQ==", "base64", "bucket") is UNDEFINED


def test_protobuf_says_that_its_descriptor_is_in_s3() -> None:
    sql = "SELECT VALUE decode(*, 'proto', 'bucket', 'file.desc', 'file', 'Person') FROM 'a'"
    with pytest.raises(NeedsAws, match="decode"):
        Rule.parse(sql, offline=True)
    with pytest.raises(NeedsAws, match="decode"):
        evaluate(sql, b"{}", topic="a")


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    assert apply("decode", encoded("[" * 64 + "]" * 64), "base64")
    for depth in (65, 100_000):
        with pytest.raises(LimitError):
            apply("decode", encoded("[" * depth + "]" * depth), "base64")


@settings(max_examples=60)
@given(VALUES)
def test_whatever_they_are_given_there_is_a_result(value: Value) -> None:
    assert isinstance(apply("encode", value, "base64"), str | type(UNDEFINED))
    assert apply("encode", "A", value) is apply("decode", "QQ==", value) is UNDEFINED
    apply("decode", value, "base64")


@settings(max_examples=60)
@given(st.text())
def test_decode_turns_around_what_encode_did(text: str) -> None:
    assert apply("decode", apply("encode", f"={text}", "base64"), "base64") == f"={text}"
