"""Flower with a real worker: only who has logged in sees anything, and then sees names, and can change nothing."""

import json
import re
import socket
from pathlib import Path

import pytest
from flower.urls import handlers, settings  # type: ignore[import-untyped]

from tests.conftest import free_port
from tests.operations.conftest import CANARY, FLOWER, LOGIN, NEXT_LOGIN, Flower
from tests.worker.processes import started
from worker.wake_up import RECONCILE, SELECT_THINGS, SYNC_SHADOW, SYNC_THING

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
# To come in by OAuth, and to go; the looks of the pages; and the page that says that there is no such page.
OPEN = {"/healthcheck", "/static/(.*)", "/login/?", "/logout", ".*"}


def routes() -> list[str]:
    """Every path that Flower has, of this version or another."""
    paths = {handler[0] if isinstance(handler, tuple) else handler.regex.pattern.rstrip("$") for handler in handlers}
    return sorted(re.sub(r"\(\.[+*]\)", "x", path) for path in paths - OPEN)


@pytest.mark.parametrize("login", [None, "ops:wrong-horse-battery", "ops:", ":"])
@pytest.mark.parametrize("path", [*PAGES, *API, "/metrics"])
def test_nothing_is_shown_without_the_login(flower: Flower, path: str, login: str | None) -> None:
    answer = flower.ask(path, login=login)

    assert answer.status == 401
    assert not any(name.lower().startswith("access-control") for name in answer.headers)
    assert len(answer.data) < 20


@pytest.mark.parametrize("path", routes())
def test_no_path_answers_whoever_has_not_logged_in(flower: Flower, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = flower.ask(path, login=None, method=method)

        # 405: it has no such method for anybody.
        assert answer.status in (401, 405), method
    assert flower.ask(path, login=None).status in (401, 405)


@pytest.mark.parametrize(
    "headers",
    [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "https://elsewhere.example"}],
)
def test_a_page_of_somebody_elses_cannot_use_the_login_that_a_browser_remembers(
    flower: Flower, headers: dict[str, str]
) -> None:
    answer = flower.ask(CHANGES[0], method="POST", **headers)

    assert (answer.status, b"forbidden" in answer.data) == (403, True)
    assert settings["xsrf_cookies"]


def test_a_second_login_is_good_at_the_same_time_so_that_one_can_replace_the_other(flower: Flower) -> None:
    assert [flower.ask("/api/workers", login=login).status for login in (LOGIN, NEXT_LOGIN, "ops:")] == [200, 200, 401]


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
    assert {(row["args"], row["kwargs"]) for row in flower.shown(RECONCILE)} == {("[]", "{}")}


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
