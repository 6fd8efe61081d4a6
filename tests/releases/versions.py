"""The last release and this tree, each started as an operator starts it."""

import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.api.door import KEY, SHARED_SECRET, Door
from tests.conftest import free_port
from tests.worker.processes import BIN, STOP_SECONDS, Process, started
from tests.worker.site import BEAT, WORKER

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def kept_release() -> tuple[str, Path]:
    """The version of the release that is kept here, and its archive."""
    [archive] = HERE.glob("*.zip")
    return archive.stem.removeprefix("shadow-sync-"), archive


@dataclass(frozen=True)
class Version:
    """One version of the product: what its processes import, and gunicorn's configuration, lie in *folder*. What is
    started ends with the ``exits`` that it is started for.
    """

    name: str
    folder: Path
    environment: Mapping[str, str]
    logs: Path

    def api(self, exits: ExitStack) -> Door:
        """It answers soon, and not at once. Whoever has it terminates it."""
        port, log_file = free_port(), self._log_file()
        keys = f"support:{sha256(KEY.encode()).hexdigest()}"
        settings = {"ADMIN_API_KEYS": keys, "BIND": f"127.0.0.1:{port}", "API_WORKERS": "1", "API_THREADS": "8"}
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [BIN / "python", "-m", "gunicorn"],
                cwd=self.folder,
                env=self._environment() | {f"SHADOW_SYNC_{name}": value for name, value in settings.items()},
                stdout=log,
                stderr=log,
            )
        exits.callback(process.wait, STOP_SECONDS)
        return Door(port, process, log_file)

    def worker(self, exits: ExitStack) -> Process:
        """It works for both lanes, and invokes a function that has this version's name."""
        return self._start(exits, *WORKER, "-Q", "interactive,bulk", "-n", f"{self.name}@%h")

    def beat(self, exits: ExitStack) -> Process:
        return self._start(exits, *BEAT)

    def imported(self, package: str, exits: ExitStack) -> Path:
        """The file that its processes have *package* from."""
        asked = self._start(exits, "python", "-c", f"import {package}; print({package}.__file__)")
        assert asked.wait() == 0, asked.printed()
        return Path(asked.printed().strip())

    def _start(self, exits: ExitStack, *command: str) -> Process:
        # Celery and Python import from where they are started before all else.
        there = ["env", f"--chdir={self.folder}", *command]
        return exits.enter_context(started(there, self._environment(), self._log_file()))

    def _environment(self) -> dict[str, str]:
        own = {"PYTHONPATH": str(self.folder), "SHADOW_SYNC_LAMBDA_FUNCTION": self.name}
        return {**self.environment, **SHARED_SECRET, **own}

    def _log_file(self) -> Path:
        return self.logs / f"{self.name}-{len(list(self.logs.iterdir()))}.log"
