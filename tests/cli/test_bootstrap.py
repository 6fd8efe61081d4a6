"""`make` on a machine on which something is missing. Nothing is downloaded here."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.product import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a clone as is needed to fail in."""
    for name in ("Makefile", "bootstrap.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(clone: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(clone), *words]
    given = {"PATH": "/usr/bin:/bin", "HOME": str(clone), **environment}
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=60)


def executable(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def test_a_missing_python_is_named_with_what_to_do(clone: Path) -> None:
    result = make(clone, "demo", "PYTHON=no-such-python")
    assert result.returncode != 0
    assert "There is no no-such-python here" in result.stdout + result.stderr
    assert "PYTHON=" in result.stdout + result.stderr


def test_a_python_that_is_too_old_is_named_with_what_to_do(clone: Path) -> None:
    code = 'exec "$REAL" -c "import sys; sys.version_info = (3, 10); $2"'
    older = executable(clone / "older", code)
    result = make(clone, "demo", f"PYTHON={older}", REAL=sys.executable)
    assert result.returncode != 0
    assert "older than Python 3.11" in result.stderr
    assert not (clone / ".venv").exists()


def test_a_python_that_cannot_make_virtual_environments_is_told_with_the_package_that_is_missing(clone: Path) -> None:
    (clone / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    result = make(clone, "demo", f"PYTHON={sys.executable}", PYTHONPATH=str(clone))
    assert result.returncode != 0
    assert "apt-get install python3-venv" in result.stderr


def test_uv_is_given_the_index_and_the_certificates_that_pip_is_configured_with(clone: Path) -> None:
    """A script stands in for the virtual environment's Python: what uv is called with is what counts."""
    (clone / ".venv" / "bin").mkdir(parents=True)
    executable(
        clone / ".venv" / "bin" / "python",
        'case "$*" in',
        "*'pip config list'*) echo \"global.index-url='https://one.example/simple'\";",
        "  echo \":env:.index-url='https://two.example/simple'\"; echo \"global.cert='/certificates.pem'\";;",
        "*'uv pip install'*) env | grep -E '^(UV_DEFAULT_INDEX|SSL_CERT_FILE)=' >&2;;",
        "esac",
    )
    result = make(clone, ".venv/.installed-dev", f"PYTHON={sys.executable}")
    assert result.returncode == 0, result.stderr
    assert "UV_DEFAULT_INDEX=https://two.example/simple" in result.stderr.splitlines()
    assert "SSL_CERT_FILE=/certificates.pem" in result.stderr.splitlines()
    assert (clone / ".venv" / ".installed-dev").exists()


def test_the_constraints_pin_every_version_and_name_no_index_or_path() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(line.count("==") == 1 and "/" not in line and not line.startswith("-") for line in lines)
    assert len(lines) > 50
