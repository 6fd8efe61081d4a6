"""What must not get into the repository, and what its documents must hold."""

import re
import subprocess
import tomllib
from typing import Any

import pytest

from tests.operations.deployment import ROOT

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPENDENCIES = (ROOT / "docs" / "dependencies.md").read_text()
# Each is written so that it does not find itself.
FORBIDDEN = {
    "the host name of a package registry": r"(?:pypi|pythonhosted)[.]org|npmjs[.]|(?:docker|ghcr|quay)[.]io",
    "a path of somebody's machine": r"(?<![\w.~$}/-])/(?:work|root|home|Users|tmp)/\w",
    "a mock": r"unittest[.]mock|from unittest import m[o]ck",
}


def tracked() -> list[str]:
    """The paths of the repository's files, and of those that would be added to it."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    paths = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True).stdout
    return [path for path in paths.split("\0") if path and (ROOT / path).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_of_the_repository_holds(what: str) -> None:
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in tracked()
        for number, line in enumerate((ROOT / path).read_text(errors="replace").splitlines(), start=1)
        if re.search(FORBIDDEN[what], line)
    ]

    assert found == []


def test_every_production_dependency_has_its_section_and_every_section_its_dependency() -> None:
    sections = re.findall(r"^### (.+)$", DEPENDENCIES, re.MULTILINE)

    assert sorted(sections) == sorted(map(distribution, PYPROJECT["dependencies"]))


def test_every_section_names_the_alternative_that_was_passed_over() -> None:
    for section in DEPENDENCIES.split("\n### ")[1:]:
        assert "Passed over: " in section.split("\n## ")[0], section.splitlines()[0]


@pytest.mark.parametrize("extra", PYPROJECT["optional-dependencies"])
def test_every_package_of_an_extra_is_named(extra: str) -> None:
    assert f"`[{extra}]`" in DEPENDENCIES
    for requirement in PYPROJECT["optional-dependencies"][extra]:
        if distribution(requirement) != PYPROJECT["name"]:
            assert f"`{distribution(requirement)}`" in DEPENDENCIES


def distribution(requirement: str) -> str:
    return re.split(r"[\[><=;! ]", requirement)[0]
