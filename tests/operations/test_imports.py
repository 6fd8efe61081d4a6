"""Imports run one way: cli → (HTTP) → api → worker → iot_sql, and inside worker from the tasks down to plain data."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.operations.deployment import ROOT

ROOMS = ("api", "cli", "iot_sql", "sandbox", "worker")
OURS = {*ROOMS, "bench", "chaos", "pipeline", "tests"}
WHAT_THE_API_SEES_OF_THE_WORKER = {
    f"worker.{module}"
    for module in (
        *(
            "audit",
            "connection",
            "ended",
            "job",
            "job_ends",
            "job_list",
            "job_request",
            "jobs",
            "keys",
            "landed_events",
            "logs",
            "results",
            "rule_report",
            "settings",
        ),
        *("spacetimedb", "spacetimedb_errors", "wake_ups"),
    )
}
# From the top down. A module imports from the layers below its own only.
LAYERS_OF_THE_WORKER = (
    {"app", "beat"},
    {"tasks"},
    {"sync", "preview"},
    {"audit", "broker", "ended", "job_list", "wake_ups"},
    {"alive", "events", "landing", "metrics", "paced_aws", "selection"},
    {"figures", "pulse", "rule", "results"},
    {"aws", "jobs", "landed_events", "spacetimedb"},
    {"aws_things", "job_paces", "records", "scripts"},
    {"counters", "job_pace", "keys", "pace"},
    {"call_counts"},
    {"aws_errors", "aws_transport", "connection", "job", "logs", "messages", "spacetimedb_errors", "transport"},
    {"exchanges"},
    {
        *("timely_http", "delta", "failures", "give_way", "job_ends", "job_request", "reconnect"),
        *("rule_report", "settings", "wake_up"),
    },
)
AT_HOME = {
    "boto3": {"worker/aws.py", "worker/aws_things.py"},
    "botocore": {f"worker/{module}.py" for module in ("aws", "aws_errors", "aws_things", "aws_transport", "exchanges")},
    "pycurl": {"worker/exchanges.py"},
    "celery": {"worker"},
    "kombu": {"worker"},
    "prometheus_client": {"worker/metrics.py"},
    "redis": {"worker"},
    "flask": {"api"},
    "flask_limiter": {"api"},
    "flask_openapi3": {"api"},
    "gunicorn": {"api"},
    "aiohttp": {"sandbox"},
    "httptools": {"sandbox"},
    "uvloop": {"sandbox"},
    "rich": {"cli"},
    "honcho": set(),
}
BROUGHT_BY = {
    "Crypto": "pycryptodome",
    "botocore": "boto3",
    "jwt": "pyjwt",
    "pydantic_core": "pydantic",
    "werkzeug": "flask",
}
TYPES_ONLY = {"mypy_boto3_events", "mypy_boto3_iot", "mypy_boto3_iot_data", "mypy_boto3_lambda"}
# The API answers 503 for it, and needs its name for that.
EXCEPTIONS_FROM_HOME = {"redis.RedisError"}


@cache
def imports(path: Path) -> frozenset[str]:
    """Every name that the file imports, behind its modules: "worker.jobs.JobStore", "worker.logs"."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def module_of(name: str) -> str:
    """The module of ours that the imported *name* is in: "worker.jobs"."""
    parts = name.split(".")
    while not ((ROOT / Path(*parts)).with_suffix(".py").is_file() or (ROOT / Path(*parts) / "__init__.py").is_file()):
        parts.pop()
    return ".".join(parts)


def foreign(room: str) -> set[str]:
    """The modules of other rooms that *room* imports."""
    imported = {name for path in files(room) for name in imports(path)}
    return {module_of(name) for name in imported if name.split(".")[0] in OURS - {room}}


def test_the_command_line_speaks_http_and_imports_neither_api_nor_worker_but_to_show_an_event() -> None:
    assert foreign("cli") == {"worker.preview"}
    importing = [path.name for path in files("cli") if any(name.startswith("worker") for name in imports(path))]
    assert importing == ["event.py"]


def test_the_api_imports_of_the_worker_the_job_store_and_what_goes_with_it() -> None:
    assert foreign("api") == WHAT_THE_API_SEES_OF_THE_WORKER


def test_the_worker_imports_no_other_room() -> None:
    assert foreign("worker") <= {"iot_sql"}


@pytest.mark.parametrize("room", ["iot_sql", "pipeline"])
def test_what_can_be_used_alone_imports_nothing_of_the_rest(room: str) -> None:
    assert foreign(room) == set()


def test_the_sandbox_stands_alone_so_that_the_product_cannot_lean_on_it() -> None:
    assert foreign("sandbox") == set()


@pytest.mark.parametrize("path", files("worker"), ids=lambda path: path.name)
def test_inside_the_worker_imports_run_down(path: Path) -> None:
    depth = {module: layer for layer, modules in enumerate(LAYERS_OF_THE_WORKER) for module in modules}
    if path.stem == "__init__":
        assert not imports(path)
        return
    assert path.stem in depth, f"give {path.stem} its place in LAYERS_OF_THE_WORKER"
    for name in imports(path):
        if name.startswith("worker."):
            imported = module_of(name).removeprefix("worker.")
            assert depth[imported] > depth[path.stem], f"{path.stem} imports {imported}"


@pytest.mark.parametrize("library", AT_HOME)
def test_a_library_is_known_only_where_it_is_at_home(library: str) -> None:
    users = {
        path.relative_to(ROOT)
        for room in ROOMS
        for path in files(room)
        for name in imports(path)
        if name.split(".")[0] == library and name not in EXCEPTIONS_FROM_HOME
    }

    assert {str(user) for user in users if not {str(user), user.parts[0]} & AT_HOME[library]} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_is_installed_with_it(room: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = list(project["dependencies"])
    if room in ("cli", "sandbox"):
        needed += project["optional-dependencies"]["demo"]
    installed = {re.split(r"[\[><=;! ]", requirement)[0].replace("-", "_") for requirement in needed}

    for path in files(room):
        for name in imports(path):
            library = name.split(".")[0]
            if library not in sys.stdlib_module_names | OURS | TYPES_ONLY:
                assert BROUGHT_BY.get(library, library) in installed, f"{path.name} imports {library}"
