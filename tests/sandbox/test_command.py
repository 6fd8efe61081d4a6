from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.sandbox.clients import control


@contextmanager
def _command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    with subprocess.Popen([sys.executable, "-m", "sandbox", *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_serves_takes_its_knobs_and_stops_on_a_signal(name: signal.Signals) -> None:
    options = ("--fleet", "2x3", "--iot-latency-ms", "1.5", "--lambda-error-rate", "0.1", "--function", "mine")
    spacetimedb = ("--spacetimedb-error-rate", "0.2", "--spacetimedb-database", "locks")
    with _command(*options, *spacetimedb, "--seed", "7") as (process, started):
        assert started["pid"] == process.pid
        assert list(control(started["url"], "GET", "things")[1]["things"].values()) == [3, 3]
        _, knobs = control(started["url"], "GET", "knobs")
        assert (knobs["iot_latency_ms"], knobs["lambda_error_rate"]) == (1.5, 0.1)
        assert (knobs["spacetimedb_error_rate"], knobs["spacetimedb_database"]) == (0.2, "locks")
        assert (knobs["functions"], knobs["seed"]) == (["mine"], 7)
        process.send_signal(name)
        assert process.wait(5) == 0


def _failure(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments], capture_output=True, text=True, timeout=20, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--fleet", "huge"), "THINGSxSHADOWS"),
        (("--fleet", "0x5"), "THINGSxSHADOWS"),
        (("--fleet", "9999999x9999999"), "1,000,000"),
        (("--iot-error-rate", "2"), "iot_error_rate"),
        (("--port", "70000"), "--port"),
    ],
)
def test_a_bad_option_is_a_usage_error_that_says_what_to_do(arguments: tuple[str, ...], part: str) -> None:
    code, message = _failure(*arguments)
    assert code == 2
    assert part in message
    assert "Traceback" not in message


def test_a_port_in_use_is_one_line_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = _failure("--port", str(port))
    assert code == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in message
    assert "Traceback" not in message
