"""`shadow-sync demo`: the whole of it, as a process, and what it leaves behind when it is stopped or breaks."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.cli.processes import PROC, gone, started

pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="looks at the processes under /proc")


def test_the_demo_delivers_every_shadow_shows_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with started("demo", tmp_path / "t") as demo:
        assert demo.exit_code() == 0, demo.printed()
        assert gone(demo)
    printed = demo.printed()
    assert "137/137 delivered 137/137 landed" in printed
    assert "131 more" in printed
    assert "149 rows, each with the version of its shadow" in printed
    assert "404, as it should be" in printed
    assert ": 149 of 149 shadows, 6 of 6 Things, 149 landed; " in printed
    [event] = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert set(event) == {"reported", "desired", "metadata", "version", "thingName", "shadowName", "timestamp"}
    assert list(demo.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("moment", "number"),
    [("Valkey, and the sandbox", signal.SIGINT), ("Syncing", signal.SIGTERM)],
    ids=["while-starting", "while-syncing"],
)
def test_ctrl_c_at_any_moment_leaves_no_process_and_no_file(
    tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    with started("demo", tmp_path / "t") as demo:
        demo.wait_for(moment)
        demo.process.send_signal(number)
        demo.process.send_signal(number)
        assert demo.exit_code() in (128 + number, -number)
        assert gone(demo)
    assert list(demo.folder.iterdir()) == []


def test_a_part_that_dies_ends_the_demo_with_its_name_and_its_last_lines(tmp_path: Path) -> None:
    with started("demo", tmp_path / "t") as demo:
        demo.wait_for("Valkey, and the sandbox")
        os.kill(demo.child("valkey-server"), signal.SIGKILL)
        assert demo.exit_code() == 1
        assert gone(demo)
    _, _, last = demo.printed().partition("Error: ")
    assert last.startswith("the part 'valkey' was ended by SIGKILL. Its last lines:\n  ")
    assert "Ready to accept connections" in last


def test_a_shadow_that_is_not_delivered_makes_the_demo_fail(tmp_path: Path) -> None:
    with started("demo", tmp_path / "t", SHADOW_SYNC_LAMBDA_FUNCTION="no_such_function") as demo:
        assert demo.exit_code() == 1
        assert gone(demo)
    assert "0 of 3 shadows were delivered" in demo.printed()
    assert "ResourceNotFoundException" in demo.printed()


def test_a_server_given_for_redis_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with started("demo", tmp_path / "t", SHADOW_SYNC_REDIS_URL="redis://:hunter2@127.0.0.1:1/0") as demo:
        assert demo.exit_code() == 1
    assert "SHADOW_SYNC_REDIS_URL" in demo.printed()
    assert "hunter2" not in demo.printed()
