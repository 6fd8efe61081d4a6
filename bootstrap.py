"""Make .venv and install the project into it, with the extra that is named (demo or dev). Needs nothing but Python.

pip fetches uv; and uv, which takes seconds where pip takes a minute, the rest, in the versions of constraints.txt.
"""

import ast
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Later sections beat earlier ones: https://pip.pypa.io/en/stable/topics/configuration/
PIP_SECTIONS = ("global.", "install.", ":env:.")


def main() -> None:
    began = time.monotonic()
    extra = sys.argv[1]
    wanted = ("-c", "constraints.txt", "-e", f".[{extra}]")
    say("Installing into .venv ...")
    if not works("-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
        make_venv()
    environment = for_uv()
    if has("uv") or ((has("pip") or works("-m", "ensurepip")) and works(*pip("-c", "constraints.txt", "uv"))):
        command = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON), *wanted]
    else:
        say("uv cannot be installed here; pip can do it too, but takes longer ...")
        command = [str(PYTHON), *pip(*wanted)]
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
        sys.exit("The installation failed, for the reason above. Once that is mended, run make again.")
    (VENV / f".installed-{extra}").touch()
    say(f"Installed in {time.monotonic() - began:.0f} s.")


def make_venv() -> None:
    """Make the virtual environment; with uv, if there is one, where Debian has split ensurepip off."""
    if find_spec("ensurepip"):
        command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    elif shutil.which("uv"):
        command = ["uv", "venv", "--quiet", "--clear", "--seed", "--python", sys.executable, str(VENV)]
    else:
        sys.exit(
            f"{sys.executable} cannot make virtual environments, as it has no ensurepip. On Debian and Ubuntu:\n"
            "  apt-get install python3-venv\n"
            "or name another Python: make demo PYTHON=python3.13"
        )
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit("The virtual environment .venv could not be made, for the reason above.")


def for_uv() -> dict[str, str]:
    """uv's environment: with the index and the certificates that pip is configured with, which uv does not read."""
    environment = dict(os.environ)
    configured = pip_configuration()
    if "index-url" in configured and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & environment.keys():
        environment["UV_DEFAULT_INDEX"] = configured["index-url"]
    if "cert" in configured:
        environment.setdefault("SSL_CERT_FILE", configured["cert"])
    return environment


def pip_configuration() -> dict[str, str]:
    """pip's settings for `pip install`, by their names."""
    command = [str(PYTHON), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    pairs = [line.partition("=") for line in listed.splitlines()]
    return {
        name.removeprefix(section): ast.literal_eval(value)
        for section in PIP_SECTIONS
        for name, _, value in pairs
        if name.startswith(section)
    }


def pip(*wanted: str) -> tuple[str, ...]:
    return ("-m", "pip", "install", "-qq", "--disable-pip-version-check", *wanted)


def has(module: str) -> bool:
    return works("-c", f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({module!r}))")


def works(*arguments: str) -> bool:
    """Whether the virtual environment's Python runs that without an error."""
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), *arguments], cwd=ROOT, check=False).returncode == 0


def say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    main()
