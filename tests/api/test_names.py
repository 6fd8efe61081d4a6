"""What comes of an upload of names: every legal one with its line's number, and a reason for every other line."""

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.csv_rows import MAX_ROW_CHARACTERS
from api.errors import UnsupportedMediaType
from api.lines import MAX_LINE_BYTES
from api.names import UPLOAD_TYPES, BadLine, Line, Name, media_type, uploaded_names

PLAIN, CSV, NDJSON = UPLOAD_TYPES
THINGS = st.from_regex(r"[a-zA-Z0-9:_-]{1,128}", fullmatch=True).filter(lambda name: name.lower() != "thingname")
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
BAD = {
    PLAIN: [b"John Doe", b"a/b", b"x" * 129, b"caf\xc3\xa9", b"\xff\xfe", b"a\0b", b"y" * 9000, b'"hub"'],
    CSV: [b"John Doe,1", b",no name", b'"a\nb"', b'a"b', b'"a"b', b"\xff,1", b'"a""b"', b"z" * 9000],
    NDJSON: [b"hub-1", b"{", b"[" * 8000, b"1" * 8000, b"null", b"{}", b'["a"]', b'{"thingName": 1}', b'"\\ud800"'],
}
# What stands around the names, so that each is a line as its format has it.
FORMS = {PLAIN: ["{}", " {}\t"], CSV: ["{}", "{},some text", '"{}"', '"{}","in\ntwo lines"'], NDJSON: ['"{}"', ' "{}"']}
FORMS[NDJSON].append('{{"thingName": "{}", "note": [1]}}')


def lines_of(content_type: str, *chunks: bytes) -> list[Line]:
    return list(uploaded_names(content_type, chunks))


def names_of(content_type: str, *chunks: bytes) -> list[tuple[int, str]]:
    lines = lines_of(content_type, *chunks)
    assert not [line for line in lines if isinstance(line, BadLine)]
    return [(line.number, line.name) for line in lines if isinstance(line, Name)]


def reason(content_type: str, line: bytes) -> str:
    """Why the only line of an upload is bad."""
    (bad,) = lines_of(content_type, line)
    assert isinstance(bad, BadLine)
    assert bad.number == 1
    return bad.message


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param(PLAIN, b"hub-1\nhub-2\n", id="lines"),
        pytest.param(PLAIN, b"hub-1\r\nhub-2", id="without the last end"),
        pytest.param(PLAIN, b"\xef\xbb\xbfhub-1\r\nhub-2\r\n", id="byte order mark"),
        pytest.param(PLAIN, b"hub-1\rhub-2\r", id="CR alone"),
        pytest.param("Text/Plain; charset=utf-8", b" hub-1\t\nhub-2  ", id="with spaces, and a character set"),
        pytest.param(CSV, b"hub-1,a\nhub-2,b\n", id="CSV without a header"),
        pytest.param(CSV, b'"hub-1"\n"hub-2"\n', id="CSV in quotes"),
        pytest.param(NDJSON, b'"hub-1"\n{"thingName":"hub-2"}\n', id="JSON of both forms"),
        pytest.param(NDJSON, b'\xef\xbb\xbf"hub-1"\r\n"hub-2"', id="JSON with a byte order mark"),
    ],
)
def test_names_are_read_with_the_numbers_of_their_lines(content_type: str, body: bytes) -> None:
    assert names_of(content_type, body) == [(1, "hub-1"), (2, "hub-2")]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (b"thingName", b"hub-1"),
        (b"note,thingName,more", b"x y,hub-1,x y"),
        (b'"thingName",note', b"hub-1,x y"),
        (b"note, ThingName ", b"x y, hub-1 "),
    ],
)
def test_the_column_that_the_header_names_is_taken(header: bytes, row: bytes) -> None:
    assert names_of(CSV, b"\xef\xbb\xbf" + header + b"\r\n" + row + b"\r\n") == [(2, "hub-1")]


def test_a_row_without_the_column_is_bad() -> None:
    assert lines_of(CSV, b"note,thingName\nx y\nx y,\n") == [
        BadLine(2, "has no name in column 2"),
        BadLine(3, "has no name in column 2"),
    ]


@pytest.mark.parametrize("content_type", UPLOAD_TYPES)
def test_blank_lines_are_nothing_but_are_counted(content_type: str) -> None:
    name = b'"hub-1"' if content_type == NDJSON else b"hub-1"
    assert lines_of(content_type, b"\n  \n\r\n" + name + b"\n\n \t") == [Name(4, "hub-1")]
    assert lines_of(content_type) == lines_of(content_type, b"", b"\n") == []


def test_a_row_over_several_lines_has_the_number_of_its_first() -> None:
    body = b'thingName,note\nhub-1,"see\nhub-9\r\n\nfor more"\nhub-2,\n'
    assert names_of(CSV, body) == [(2, "hub-1"), (6, "hub-2")]


@pytest.mark.parametrize("content_type", UPLOAD_TYPES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_legal_name_comes_out_whatever_stands_between(content_type: str, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.none() | THINGS, max_size=12))
    expected: list[tuple[int, str | None]] = []
    body, number, end = b"", 1, data.draw(ENDS)
    for name in names:
        if name is None:
            line = data.draw(st.sampled_from([b"", *BAD[content_type]]))
            expected += [(number, None)] if line else []
        else:
            line = data.draw(st.sampled_from(FORMS[content_type])).format(name).encode()
            expected.append((number, name))
        body += line + end
        number += line.count(b"\n") + 1
    lines = lines_of(content_type, body)
    assert [(line.number, line.name if isinstance(line, Name) else None) for line in lines] == expected


@pytest.mark.parametrize("content_type", UPLOAD_TYPES)
@given(
    pieces=st.lists(
        st.sampled_from([b"\n", b"\r", b"\r\n", b'"', b",", b"hub", b"thingName", b" ", b"\xef\xbb\xbf", b"z" * 8192])
        | st.binary(max_size=20),
        max_size=30,
    ),
    sizes=st.lists(st.integers(1, 40), min_size=1),
)
@settings(max_examples=100, deadline=None)
def test_where_the_chunks_end_does_not_matter(content_type: str, pieces: list[bytes], sizes: list[int]) -> None:
    whole = b"".join(pieces)
    # Longer ones with longer lines, so that an example is no matter of seconds.
    sizes = [size * (1 + len(whole) // 1000) for size in sizes]
    chunks: list[bytes] = []
    at = 0
    while at < len(whole):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(whole[at : at + size])
        at += size
    assert lines_of(content_type, *chunks) == lines_of(content_type, whole)


def test_of_100_001_names_the_one_that_is_bad_is_told() -> None:
    names = [f"hub-{number:06}" for number in range(1, 100_002)]
    names[70_000] = "hub 070001"
    lines = lines_of(PLAIN, "\n".join(names).encode())
    assert len(lines) == 100_001
    assert [line for line in lines if isinstance(line, BadLine)] == [
        BadLine(
            70_001,
            '"hub 070001" is not a legal AWS IoT thing name: 1 to 128 characters out of a-z, A-Z, 0-9, '
            "':', '_' and '-'",
        )
    ]


@pytest.mark.parametrize("content_type", UPLOAD_TYPES)
@given(garbage=st.binary(max_size=3000))
@settings(max_examples=60, deadline=None)
def test_garbage_gives_short_and_printable_reasons_and_never_a_fault(content_type: str, garbage: bytes) -> None:
    for line in lines_of(content_type, b"\xff\0\xfe" + garbage):
        if isinstance(line, BadLine):
            assert line.message.isprintable()
            assert len(line.message) < 200
            json.dumps(line.message).encode()


def test_text_that_is_not_utf_8_is_called_so() -> None:
    for content_type in UPLOAD_TYPES:
        for encoded in ('"hub-1"'.encode("utf-16"), b'"caf\xe9"'):
            assert "not UTF-8" in reason(content_type, encoded)


@pytest.mark.parametrize("end", [[b"\n"], [b"\r", b"\n"], [b"\r"]], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("content_type", UPLOAD_TYPES)
def test_a_line_that_is_too_long_is_one_bad_line(content_type: str, end: list[bytes]) -> None:
    name = b'"hub-1"' if content_type == NDJSON else b"hub-1"
    chunks = [name, *end, *[b"a" * 5000] * 50, *end, name]
    assert lines_of(content_type, *chunks) == [
        Name(1, "hub-1"),
        BadLine(2, "is longer than 8,192 bytes"),
        Name(3, "hub-1"),
    ]


def test_a_line_as_long_as_may_be_is_read() -> None:
    note = b"n" * (MAX_LINE_BYTES - len(b"hub-1,"))
    assert names_of(CSV, b"hub-1," + note) == [(1, "hub-1")]
    assert reason(CSV, b"hub-1," + note + b"n") == "is longer than 8,192 bytes"


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param([b"hub-3", b"hub-4"], id="to the end"),
        pytest.param([b"hub-3"] * (MAX_ROW_CHARACTERS // 5), id="for too long"),
        pytest.param([b'","'] * 10_000, id="again and again"),
        pytest.param([b"x" * 9000, b'"', b"hub-4"], id="over a line that is too long"),
        pytest.param([b'hub-3,"note"', b"hub-4"], id="until others are opened"),
    ],
)
def test_behind_quotes_that_are_not_closed_no_text_is_taken_for_a_name(rest: list[bytes]) -> None:
    first, *others = lines_of(CSV, b'hub-1\nhub-2,"open\n' + b"\n".join(rest))
    assert first == Name(1, "hub-1")
    assert [line.number for line in others] == list(range(2, 3 + len(rest)))
    messages = [line.message for line in others if isinstance(line, BadLine)]
    assert messages[0].startswith("has quotes that are not closed")
    assert set(messages[1:]) == {"follows the quotes of line 2, which are not closed as they should be"}
    assert len(messages) == len(others)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is not JSON"),
        (b"[" * 8000, "is not JSON"),
        (b"1" * 8000, "is not JSON"),
        (b"NaN", 'must be "name" or {"thingName": "name"}'),
        (b"12", 'must be "name" or {"thingName": "name"}'),
        (b'["hub-1"]', 'must be "name" or {"thingName": "name"}'),
        (b'{"thingname": "hub-1"}', 'must be "name" or {"thingName": "name"}'),
        (b'{"thingName": null}', 'must be "name" or {"thingName": "name"}'),
    ],
    ids=lambda value: str(value[:20]),
)
def test_a_line_of_another_json_is_told_what_it_must_be(line: bytes, message: str) -> None:
    assert reason(NDJSON, line) == message


def test_a_reason_quotes_no_more_than_the_beginning_and_no_control_characters() -> None:
    assert reason(PLAIN, b"\x1b[31m" + b"s" * 100).startswith(f'"?[31m{"s" * 27}…" is not')


def test_no_more_than_a_chunk_and_a_row_is_kept() -> None:
    def stream(line: bytes) -> Iterator[bytes]:
        chunk = line * (65_536 // len(line))
        for _ in range(5_000_000 // len(chunk)):
            yield chunk

    for content_type, line in (
        (PLAIN, b"hub-%090d\n" % 1),
        (PLAIN, b"x" * 65_536),
        (CSV, b'"hub-%0900d","a note"\n' % 1),
        (CSV, b'"' + b"y" * 1000 + b'\n",'),
        (NDJSON, b'{"thingName": "hub-%0900d"}\n' % 1),
    ):
        tracemalloc.start()
        try:
            for _ in uploaded_names(content_type, stream(line)):
                pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 1_000_000, (content_type, line[:20], peak)


def test_an_error_of_the_stream_is_not_the_end_of_the_upload() -> None:
    def cut() -> Iterator[bytes]:
        yield b"hub-1\nhub-"
        raise ConnectionResetError

    lines = uploaded_names(PLAIN, cut())
    assert next(lines) == Name(1, "hub-1")
    with pytest.raises(ConnectionResetError):
        next(lines)


@pytest.mark.parametrize("content_type", ["", "application/json", "text/html", "multipart/form-data; boundary=x"])
def test_another_content_type_is_refused_before_anything_is_read(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="text/plain, text/csv, application/x-ndjson"):
        uploaded_names(content_type, iter([]))
    assert media_type(content_type) not in UPLOAD_TYPES
