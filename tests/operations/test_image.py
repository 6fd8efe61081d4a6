"""What the image is built from: everything that is needed, nothing else, and nothing as root."""

import re
import tomllib
from fnmatch import fnmatch
from typing import Any

import pytest

from tests.operations.deployment import ROOT, composed, copied, dockerfile, in_build_context

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS: dict[str, Any] = PYPROJECT["tool"]["setuptools"]


def test_what_is_copied_exists_and_is_in_the_build_context() -> None:
    assert copied()
    for path in copied():
        assert (ROOT / path).exists()
        assert in_build_context(path)


@pytest.mark.parametrize("path", [".env", ".git", ".venv", "tests", "docs", "dump.rdb"])
def test_what_is_not_needed_stays_out_of_the_build(path: str) -> None:
    assert not in_build_context(path)


def test_every_package_of_the_distribution_is_copied() -> None:
    assert {package.partition(".")[0] for package in SETUPTOOLS["packages"]} <= copied()


def test_what_runs_in_the_cloud_is_not_in_the_image() -> None:
    assert "pipeline" not in copied()


@pytest.mark.parametrize("package", SETUPTOOLS["packages"])
def test_every_file_of_a_package_is_in_the_wheel(package: str) -> None:
    globs = SETUPTOOLS["package-data"].get(package, [])
    folder = ROOT.joinpath(*package.split("."))
    inner = {ROOT.joinpath(*other.split(".")) for other in SETUPTOOLS["packages"] if other.startswith(f"{package}.")}
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.parent not in inner:
            inside = path.relative_to(folder)
            taken = path.suffix == ".py" and len(inside.parts) == 1
            assert taken or any(fnmatch(str(inside), glob) for glob in globs), f"{path.name} is not in the wheel"


def test_the_configuration_files_that_the_commands_read_are_copied() -> None:
    assert {"gunicorn.conf.py", "flowerconfig.py"} <= copied()
    assert "--conf=flowerconfig.py" in composed()["flower"].words


def test_the_pinned_versions_are_installed_and_flower_is_in_its_own_image_only() -> None:
    installs = [" ".join(words) for instruction, words in dockerfile() if "install" in words and instruction == "RUN"]

    assert len(installs) == 2
    assert all("--constraint constraints.txt" in install for install in installs)
    assert [".[flower]" in install for install in installs] == [False, True]


def instructions_of(stage: str) -> list[tuple[str, list[str]]]:
    """What makes the stage, from its first base image on."""
    stages: dict[str, list[tuple[str, list[str]]]] = {}
    name = ""
    for instruction, words in dockerfile():
        if instruction == "FROM":
            name = words[-1]
            stages[name] = [*stages.get(words[0], [])]
        if name:
            stages[name].append((instruction, words))
    return stages[stage]


@pytest.mark.parametrize("stage", ["service", "flower"])
def test_what_runs_can_build_and_install_nothing(stage: str) -> None:
    made = instructions_of(stage)
    bases = [words[0] for instruction, words in made if instruction == "FROM"]
    runs = [words for instruction, words in made if instruction == "RUN"]

    assert bases == ["python:${PYTHON}-slim", "runtime"]
    assert [words[:2] for words in runs] == [["pip", "uninstall"], ["useradd", "--system"]]
    assert "pip" in runs[0][2:]
    # No step that fetches, and of the stages with a compiler's work only the packages.
    assert not [words for instruction, words in made if instruction == "ADD"]
    taken = [words for instruction, words in made if instruction == "COPY" and words[0].startswith("--from")]
    assert [words[1:] for words in taken] == [["/opt/shadow-sync", "/opt/shadow-sync"]]


def test_no_secret_is_built_into_an_image() -> None:
    set_in_it = [
        word for instruction, words in dockerfile() if instruction in ("ENV", "ARG", "LABEL") for word in words
    ]

    assert not [word for word in set_in_it if re.search("key|secret|token|password|url", word, re.IGNORECASE)]


def test_nothing_in_the_image_runs_as_root() -> None:
    stage_users: dict[str, str] = {}
    stage = ""
    for instruction, words in dockerfile():
        if instruction == "FROM":
            stage = words[-1]
            stage_users[stage] = stage_users.get(words[0], "root")
        if instruction == "USER":
            stage_users[stage] = words[0]

    assert stage_users["service"] == stage_users["flower"] == "10001"
