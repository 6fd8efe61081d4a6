"""``python -m iot_sql``, as one types it."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iot_sql.__main__ import main


def run(*arguments: str, message: bytes = b"{}") -> Result:
    return CliRunner().invoke(main, [*arguments, "--payload", "-"], input=message)


def test_the_outgoing_payload_is_printed_as_json() -> None:
    result = run(
        "SELECT color AS rgb, topic(2) AS thing FROM 'a/+'", "--topic", "a/door", message=b'{"color": "r\xc3\xa9d"}'
    )
    assert (result.exit_code, result.stdout_bytes) == (0, '{"rgb":"réd","thing":"door"}\n'.encode())


def test_every_digit_is_printed() -> None:
    digits = b"0.12345678901234567890123456789012345"
    assert run("SELECT VALUE n", message=b'{"n": ' + digits + b"}").stdout_bytes == digits + b"\n"


def test_the_payload_can_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "message.json"
    file.write_text('{"n": 1}')
    result = CliRunner().invoke(main, ["SELECT n", "--payload", str(file)])
    assert (result.exit_code, result.stdout) == (0, '{"n":1}\n')


def test_undefined_prints_nothing() -> None:
    result = run("SELECT VALUE missing FROM 'a'", "--topic", "a")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_null_is_printed() -> None:
    assert run("SELECT VALUE NULL").stdout == "null\n"


@pytest.mark.parametrize(
    ("sql", "topic"), [("SELECT * FROM 'a'", "b"), ("SELECT * FROM 'a' WHERE n > 1", "a")], ids=["topic", "where"]
)
def test_no_match_says_so_and_ends_with_1(sql: str, topic: str) -> None:
    result = run(sql, "--topic", topic)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "no match\n")


def test_an_error_points_to_its_place_and_ends_with_2() -> None:
    result = run("SELECT *\n\tFROM 'a' WHERE x != 1")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.endswith("\n\tFROM 'a' WHERE x != 1\n\t                 ^\n")


def test_what_needs_aws_is_named() -> None:
    result = run("SELECT get_thing_shadow('t', 'role') AS s")
    assert result.exit_code == 2
    assert "get_thing_shadow" in result.stderr


def test_a_statement_that_only_2016_has_is_refused_for_2015() -> None:
    assert run("SELECT [1] AS a", "--version", "2015-10-08").exit_code == 2


def test_a_message_that_is_not_json_is_passed_on_whole() -> None:
    assert run("SELECT *", message=b"\x00\xff").stdout_bytes == b"\x00\xff"


def test_half_a_surrogate_pair_is_printed_as_json_escapes_it() -> None:
    assert run("SELECT VALUE s", message=b'{"s": "\\ud800"}').stdout_bytes == b'"\\ud800"\n'


def test_the_sql_version_can_be_chosen() -> None:
    assert run("SELECT VALUE n", "--version", "2015-10-08", message=b'{"n": 10.0}').stdout == "10.0\n"
    assert run("SELECT VALUE n", message=b'{"n": 10.0}').stdout == "10\n"


@pytest.mark.parametrize(
    ("entry", "expression", "printed"),
    [
        ("account_id=123456789012", "accountid()", '"123456789012"'),
        ("client_id=door=1", "clientid()", '"door=1"'),
        ("now_ms=1200", "timestamp()", "1200"),
        ("mqtt_properties.content_type=text/plain", "get_mqtt_property('content_type')", '"text/plain"'),
        ("user_properties.unit=C", "get_user_properties('unit')", '["C"]'),
    ],
)
def test_what_is_known_of_the_message_can_be_given(entry: str, expression: str, printed: str) -> None:
    assert run(f"SELECT VALUE {expression}", "--context", entry).stdout == f"{printed}\n"


@pytest.mark.parametrize("entry", ["client_id", "color=red", "now_ms=soon", "user_properties=1", "mqtt_properties.=1"])
def test_a_context_that_is_none_is_refused_with_the_names_there_are(entry: str) -> None:
    result = run("SELECT *", "--context", entry)
    assert result.exit_code == 2
    assert "client_id" in result.stderr
    assert "user_properties.NAME" in result.stderr


def test_help_says_what_the_exit_codes_mean() -> None:
    words = " ".join(CliRunner().invoke(main, ["--help"]).stdout.split())
    assert "1 no match (the topic does not fit FROM, or WHERE does not hold)" in words


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "iot_sql", "SELECT VALUE n", "--payload", "-"]
    ended = subprocess.run(command, input=b'{"n": 7}', capture_output=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"7\n", b"")


def test_an_outgoing_payload_nested_too_deeply_to_be_written_is_told() -> None:
    deep = b'{"a":' * 950 + b"1" + b"}" * 950
    command = [sys.executable, "-m", "iot_sql", "SELECT a AS b" + ".c" * 60, "--payload", "-"]
    result = subprocess.run(command, input=deep, capture_output=True, timeout=30)
    assert (result.returncode, result.stderr.startswith(b"the outgoing payload is nested too deeply")) == (2, True)


def test_a_time_with_more_digits_than_a_time_has_is_refused() -> None:
    result = run("SELECT timestamp()", "--context", "now_ms=" + "9" * 5000)
    assert (result.exit_code, "a whole number" in result.stderr) == (2, True)
