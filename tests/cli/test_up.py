"""`shadow-sync up`: what it prints can be pasted, and Ctrl-C ends all of it."""

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
import urllib3

from cli.up import running_groups
from tests.cli.processes import PROC, Started, gone, started

pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="looks at the processes under /proc")


def paste(up: Started, start: str, words: str = "") -> str:
    """Run the lines of the banner that begin so, and have these words, in a shell, as a person does who pastes them.

    Returns stdout.
    """
    lines = "\n".join(line for line in up.printed().splitlines() if line.startswith(start) and words in line)
    return subprocess.run(["/bin/sh", "-ec", lines], capture_output=True, text=True, check=True, timeout=60).stdout


def niceness(process_id: int) -> set[int]:
    """Of the process and, where the kernel keeps one for its session, of that."""
    autogroup = PROC / str(process_id) / "autogroup"
    of_the_session = {int(autogroup.read_text().split()[-1])} if autogroup.exists() else set()
    return {os.getpriority(os.PRIO_PROCESS, process_id)} | of_the_session


def test_everything_that_the_banner_says_works(tmp_path: Path) -> None:
    with started("up", tmp_path / "t") as up:
        up.wait_for("Ctrl-C stops everything")
        [nothing] = json.loads(paste(up, "curl ", "SELECT"))
        assert nothing["rows"] == []
        job = json.loads(paste(up, "curl ", "/admin/shadow-sync/"))
        assert job["success"] is True
        for command in (" sync ", " bulk "):
            lines = [line for line in up.printed().splitlines() if line.startswith("export ") or command in line]
            synced = subprocess.run(["/bin/sh", "-ec", "\n".join(lines)], capture_output=True, check=False, timeout=60)
            assert synced.returncode == 0, synced.stderr
        [result] = json.loads(paste(up, "curl ", "SELECT"))
        rows = {shadow: version for shadow, version, *_ in result["rows"]}
        assert rows == {shadow["shadowName"]: shadow["version"] for shadow in job["shadows"]}

        told = {words[0]: words[1:] for words in map(str.split, up.printed().splitlines()) if len(words) > 1}
        assert urllib3.request("GET", told["Docs"][0], timeout=5).status == 200
        [flower, _, user, _, password] = told["Flower"]
        login = urllib3.make_headers(basic_auth=f"{user.rstrip(',')}:{password}")
        assert urllib3.request("GET", flower, timeout=5).status == 401
        assert urllib3.request("GET", f"{flower}/workers", headers=login, timeout=5).status == 200
        assert shlex.split(f"test -s {told['Log'][0]}")

        assert niceness(up.child("-n worker.1@")) == {0}
        assert min(niceness(up.child("-n bulk.1@"))) > 0

        up.process.send_signal(signal.SIGINT)
        assert up.exit_code() == 128 + signal.SIGINT
        assert gone(up)


def test_a_process_of_the_procfile_that_dies_ends_all_with_its_name_and_its_own_last_lines(tmp_path: Path) -> None:
    with started("up", tmp_path / "t") as up:
        up.wait_for("Ctrl-C stops everything")
        os.kill(up.child("bin/celery -A worker.app beat"), signal.SIGKILL)
        assert up.exit_code() == 1
        assert gone(up)
    _, _, last = up.printed().partition("Error: ")
    assert "'beat.1'" in last
    assert "beat: Starting" in last
    assert "gunicorn" not in last


def test_the_groups_to_be_killed_are_those_that_honcho_started_and_did_not_see_end() -> None:
    lines = [
        "12:00:00 system   | api.1 started (pid=10)",
        "12:00:00 system   | worker.1 started (pid=11)",
        "12:00:00 api.1    | beat.1 started (pid=12)",
        "12:00:01 system   | api.1 stopped (rc=-15)",
    ]
    assert running_groups(lines) == {11}
