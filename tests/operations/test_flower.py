"""Flower with a real worker: only who has logged in sees anything, and then sees names, and can change nothing."""

import json
import socket
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.operations.conftest import CANARY, FLOWER, Flower
from tests.worker.processes import started
from worker.broker import SELECT_THINGS, SYNC_SHADOW, SYNC_THING
from worker.tasks import RECONCILE

PAGES = ["/", "/workers", "/worker/w", "/tasks", "/tasks/datatable", "/task/t", "/broker"]
API = ["/api/workers", "/api/tasks", "/api/task/types", "/api/task/info/t", "/api/queues/length"]
CHANGES = [
    *(
        f"/api/worker/{change}/w"
        for change in ("shutdown", "pool/restart", "pool/grow", "pool/shrink", "pool/autoscale")
    ),
    *(f"/api/worker/queue/{change}/w" for change in ("add-consumer", "cancel-consumer")),
    *(f"/api/task/{change}/{SYNC_THING}" for change in ("apply", "async-apply", "send-task")),
    *(f"/api/task/{change}/t" for change in ("abort", "timeout", "rate-limit", "revoke")),
]
PASSWORD = "correct-horse-battery"


@pytest.mark.parametrize("login", [None, "ops:wrong-horse-battery", "ops:", ":"])
@pytest.mark.parametrize("path", [*PAGES, *API, "/metrics"])
def test_nothing_is_shown_without_the_login(flower: Flower, path: str, login: str | None) -> None:
    answer = flower.ask(path, login=login)

    assert answer.status == 401
    assert not any(name.lower().startswith("access-control") for name in answer.headers)
    assert len(answer.data) < 20


def test_the_health_check_alone_is_open_and_tells_nothing(flower: Flower) -> None:
    answer = flower.ask("/healthcheck", login=None)

    assert (answer.status, answer.data) == (200, b"OK")


def test_metrics_are_shown_to_who_has_logged_in(flower: Flower) -> None:
    metrics = flower.ask("/metrics").data.decode()

    assert f'task="{SYNC_SHADOW}"' in metrics
    assert "lock" not in metrics


def test_the_api_names_job_thing_and_shadow(flower: Flower) -> None:
    tasks = json.loads(flower.ask("/api/tasks").data).values()
    args = {task["args"] for task in tasks if task["name"] == SYNC_SHADOW}

    assert args == {f"['{flower.job_id}', 'lock', '{shadow}']" for shadow in ("front", "back")}


def test_the_page_of_tasks_shows_job_thing_and_shadow(flower: Flower) -> None:
    shown = {(row["args"], row["kwargs"], row["result"]) for row in flower.shown(SYNC_SHADOW)}

    assert shown == {("thing=lock", f"shadow={shadow}", f"job={flower.job_id}") for shadow in ("front", "back")}
    assert [row["args"] for row in flower.shown(SYNC_THING)] == ["thing=lock"]
    assert [(row["args"], row["result"]) for row in flower.shown(SELECT_THINGS)] == [("", f"job={flower.job_id}")]
    page = flower.ask("/tasks").data.decode()
    assert 'data-column="args"' in page
    assert 'data-column="kwargs"' in page


def test_the_page_of_one_task_shows_job_thing_and_shadow(flower: Flower) -> None:
    row = flower.shown(SYNC_SHADOW)[0]
    page = flower.ask(f"/task/{row['uuid']}").data.decode()

    assert row["args"] in page
    assert row["kwargs"] in page


def test_other_tasks_are_shown_as_they_are(flower: Flower) -> None:
    assert {(row["args"], row["kwargs"]) for row in flower.shown(RECONCILE)} == {("()", "{}")}


def test_no_content_of_a_shadow_is_shown(flower: Flower) -> None:
    paths = ["/api/tasks", "/tasks", *(f"/task/{row['uuid']}" for row in flower.rows())]

    assert not [path for path in paths if CANARY in flower.ask(path).data.decode()]


@pytest.mark.parametrize("path", CHANGES)
def test_who_has_logged_in_can_change_nothing(flower: Flower, path: str) -> None:
    answer = flower.ask(path, method="POST")

    assert (answer.status, answer.data) == (403, b"Read only mode is enabled")
    assert flower.ask(path, method="POST", login=None).status == 401


def test_it_listens_on_loopback_unless_told_otherwise(flower: Flower) -> None:
    # Another address of this machine's, which a server on all addresses would answer at.
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", flower.port), timeout=2):  # noqa: PT011
        pass


@pytest.mark.parametrize("login", [None, "", "ops:too-short", f"ops:{PASSWORD},ops"])
def test_it_does_not_start_without_a_login(environment: dict[str, str], tmp_path: Path, login: str | None) -> None:
    configured = {} if login is None else {"FLOWER_BASIC_AUTH": login}
    with started(FLOWER, {**environment, **configured, "FLOWER_PORT": str(free_port())}, tmp_path / "log") as process:
        assert process.wait() == 1

        [line] = process.printed().splitlines()
        assert line.startswith("Flower cannot start: set FLOWER_BASIC_AUTH to user:password")


def test_it_does_not_start_with_the_password_on_the_command_line(environment: dict[str, str], tmp_path: Path) -> None:
    command = [*FLOWER, f"--basic_auth=ops:{PASSWORD}"]
    with started(command, {**environment, "FLOWER_PORT": str(free_port())}, tmp_path / "log") as process:
        assert process.wait() == 1

        [line] = process.printed().splitlines()
        assert "set the environment variable FLOWER_BASIC_AUTH instead of --basic_auth" in line
        assert PASSWORD not in line
