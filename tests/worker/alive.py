"""The workers' health check, run as a container runs it."""

import subprocess
import sys


def check(redis_url: str, name: str, seconds: float) -> tuple[int, str]:
    """Its exit code, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "worker.alive", "-n", name, "--seconds", str(seconds)],
        env={"SHADOW_SYNC_REDIS_URL": redis_url, "SHADOW_SYNC_REDIS_TIMEOUT_SECONDS": "1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout
