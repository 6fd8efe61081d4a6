"""`shadow-sync event`, as a process of its own against the sandbox: what a sync would send, and nothing sent."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from sandbox import RunningSandbox
from tests.cli.processes import COMMAND
from tests.conftest import free_port

Ended = subprocess.CompletedProcess[str]
Event = Callable[..., Ended]

DOCUMENTS = "$aws/things/+/shadow/name/+/update/documents"
PIN = "canary-4711"
DOCUMENT = (
    b'{"state": {"reported": {"level": 160.0, "big": 123456789012345678901234567890, "pin": "canary-4711"}},'
    b' "metadata": {"reported": {"level": {"timestamp": 1795363190}}}, "version": 41, "timestamp": 1795363200}'
)
REPORTED = '{"level":160.0,"big":123456789012345678901234567890,"pin":"canary-4711"}'


@pytest.fixture
def event(sandbox: RunningSandbox) -> Event:
    """Run `shadow-sync event` with the words given, where the sandbox is AWS; keywords change the environment."""
    sandbox.seed("door-17", "lock", {"a": 1})
    sandbox.put_raw("door-17", "lock", DOCUMENT)

    def run(*words: str, **environment: str) -> Ended:
        ended = subprocess.run(
            [COMMAND, "event", *words],
            env={
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                **sandbox.environment(),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert sandbox.invocations() == []
        assert "Traceback" not in ended.stderr
        assert PIN not in ended.stderr
        return ended

    return run


def test_the_event_of_the_default_rule_is_printed_with_every_digit_and_nothing_else(event: Event) -> None:
    ended = event("door-17", "lock")

    assert ended.returncode == 0
    assert ended.stdout.startswith(f'{{"reported":{REPORTED},"metadata":')
    assert ended.stdout.endswith("}\n")
    shown = json.loads(ended.stdout)
    assert (shown["thingName"], shown["shadowName"], shown["version"]) == ("door-17", "lock", 41)
    assert ended.stderr == "rule: default; message: update/documents\n"


def test_it_is_what_a_sync_sends(event: Event) -> None:
    ended = event(
        "door-17",
        "lock",
        SHADOW_SYNC_RULE_SQL="SELECT state.reported.level AS level, version FROM "
        "'$aws/things/+/shadow/name/+/update/accepted'",
    )

    assert (ended.returncode, ended.stdout) == (0, '{"level":160,"version":41}\n')
    assert ended.stderr == "rule: SHADOW_SYNC_RULE_SQL; message: update/accepted\n"


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (f"SELECT * FROM '{DOCUMENTS}' WHERE current.version < 40", "its WHERE does not hold for this shadow"),
        (f"SELECT * FROM '{DOCUMENTS.replace('+', 'door-18', 1)}'", "does not take this Thing and shadow"),
        ("SELECT * FROM '$aws/things/+/shadow/name/+/update/delta'", "would publish no update/delta of this shadow"),
    ],
)
def test_a_rule_that_would_not_fire_exits_with_1_and_says_why(event: Event, sql: str, why: str) -> None:
    ended = event("door-17", "lock", SHADOW_SYNC_RULE_SQL=sql)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert why in ended.stderr


def test_where_can_be_ignored(event: Event) -> None:
    sql = f"SELECT VALUE current.state.reported FROM '{DOCUMENTS}' WHERE current.version < 40"
    versioned = {"SHADOW_SYNC_RULE_SQL": sql, "SHADOW_SYNC_RULE_SQL_VERSION": "2015-10-08"}

    ended = event("door-17", "lock", "--ignore-where", **versioned)

    assert (ended.returncode, ended.stdout) == (0, f"{REPORTED}\n")


def test_a_shadow_that_does_not_exist_exits_with_1(event: Event) -> None:
    ended = event("door-17", "light")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "No shadow exists with name: 'light'" in ended.stderr


def test_a_document_that_is_none_exits_with_1_and_quotes_nothing(event: Event, sandbox: RunningSandbox) -> None:
    sandbox.put_raw("door-17", "lock", PIN.encode())

    ended = event("door-17", "lock")

    assert ended.returncode == 1
    assert "DocumentError: the shadow document is not JSON" in ended.stderr


def test_credentials_that_aws_refuses_exit_with_3(event: Event, sandbox: RunningSandbox) -> None:
    sandbox.fail_next("GetThingShadow", "denied")
    assert event("door-17", "lock").returncode == 3


def test_without_credentials_it_exits_with_3_and_says_which_to_give(event: Event) -> None:
    ended = event("door-17", "lock", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    assert ended.returncode == 3
    assert "the AWS_* variables" in ended.stderr


def test_an_aws_that_cannot_answer_now_exits_with_4(event: Event, sandbox: RunningSandbox) -> None:
    sandbox.fail_next("GetThingShadow", "throttle")
    assert event("door-17", "lock").returncode == 4


def test_an_aws_that_cannot_be_reached_exits_with_4(event: Event) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"

    assert event("door-17", "lock", AWS_ENDPOINT_URL_IOT_DATA_PLANE=nowhere).returncode == 4
    ended = event("door-17", "lock", AWS_ENDPOINT_URL_IOT=nowhere, SHADOW_SYNC_TOPIC_RULE="shadows")
    assert ended.returncode == 4
    assert "the rule shadows cannot be read" in ended.stderr


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"SHADOW_SYNC_RULE_SQL": "SELECT FROM"}, "SHADOW_SYNC_RULE_SQL: Unexpected 'FROM' at line 1"),
        ({"SHADOW_SYNC_LEASE_SECONDS": "1"}, "SHADOW_SYNC_LEASE_SECONDS must be above"),
        ({"AWS_DEFAULT_REGION": "", "AWS_REGION": ""}, "AWS_DEFAULT_REGION: required"),
    ],
)
def test_a_wrong_variable_exits_with_2_and_its_name(event: Event, environment: dict[str, str], told: str) -> None:
    ended = event("door-17", "lock", **environment)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr


@pytest.mark.parametrize("words", [("John Doe", "lock"), ("door-17", "a/b"), ("door-17",)])
def test_names_that_cannot_be_exit_with_2(event: Event, words: tuple[str, ...]) -> None:
    assert event(*words).returncode == 2


def test_no_other_command_loads_what_this_one_needs() -> None:
    script = "import sys, cli.main; sys.exit(bool({'boto3', 'botocore', 'worker', 'iot_sql'} & sys.modules.keys()))"

    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
