"""The API attacked along its own OpenAPI document, by schemathesis: every answer is one that the document names."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.door import Door, credentials
from tests.api.webhook import running_webhook
from tests.conftest import Valkey

OPEN = {"/healthz", "/readyz", "/openapi.json", "/docs"}
# A cursor that fits the schema is still none that was handed out, and an option can forbid another.
NOT_CHECKED = "positive_data_acceptance"


@pytest.fixture(scope="module")
def attacked(shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """With a webhook, so that the document is whole. Jobs never end here: nobody waits for them."""
    folder = tmp_path_factory.mktemp("schemathesis")
    with running_webhook(shared_valkey.url, folder, MAX_WAIT_SECONDS="0") as webhook:
        yield webhook.door


def attack(door: Door, folder: Path, *options: str, sent: dict[str, str]) -> list[tuple[str, str, int]]:
    """Method, path and status of every request that got an answer of the application's."""
    before = len(door.log())
    headers = [part for name, value in sent.items() for part in ("--header", f"{name}: {value}")]
    command = [
        "run",
        f"{door.url}/openapi.json",
        *headers,
        "--checks",
        "all",
        "--exclude-checks",
        NOT_CHECKED,
        *options,
    ]
    ended = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *command,
            "--continue-on-failure",
            "--no-shrink",
            "--seed",
            "1",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr
    lines = door.log()[before:]
    assert not [line for line in lines if line["event"].startswith("unexpected error")]
    return [(line["method"], line["path"], line["status"]) for line in lines if line["event"] == "request"]


def test_whatever_an_admin_sends_the_answer_is_a_documented_one(attacked: Door, tmp_path: Path) -> None:
    answers = attack(attacked, tmp_path, "--max-examples", "4", sent=credentials())
    assert not [answer for answer in answers if answer[2] >= 500]
    paths = {path for _, path, _ in answers if path.startswith("/admin/")}
    # Nobody has told the rule here, no job has ended or waits to be confirmed, and the webhook has a key of its own.
    never = {"/admin/shadow-sync-rule", "/admin/shadow-webhook"} | {
        f"/admin/shadow-sync-jobs/{{jobId}}/{how}" for how in ("confirm", "retry")
    }
    assert {path for _, path, status in answers if status < 300} >= {path for path in paths if "{" in path} - never


def test_whatever_a_stranger_sends_nothing_but_the_four_open_paths_answers(attacked: Door, tmp_path: Path) -> None:
    answers = attack(attacked, tmp_path, "--phases", "coverage", sent={})
    strangers = [answer for answer in answers if answer[1] not in OPEN]
    assert len(strangers) > 100
    # It also tries a path of its own that leads nowhere.
    assert not [answer for answer in strangers if answer[2] != (401 if answer[1].startswith("/admin") else 404)]
