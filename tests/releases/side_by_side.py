"""Both versions on one Valkey and one sandbox, and what both of them say of a job."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from redis import Redis

from sandbox import RunningSandbox, running
from tests.api.door import Door
from tests.conftest import Valkey
from tests.releases.versions import ROOT, Version, kept_release
from tests.waiting import until
from worker.keys import KEY_PREFIX

LAST, THIS = "last", "this"
SHADOWS = ("door", "hall", "yard")
_UNFINISHED = re.compile(
    rf"{KEY_PREFIX}(due:.*|feeding:.*|interactive|bulk|unacked.*|job:[0-9a-f]+:(thing:.*|open|waiting|selection|parked))"
)
QUICK = {
    "SHADOW_SYNC_GRACE_SECONDS": "0.5",
    "SHADOW_SYNC_RECONCILE_SECONDS": "0.1",
    "SHADOW_SYNC_BACKOFF_SECONDS": "0.05",
    "SHADOW_SYNC_IOT_TPS": "100000",
    "SHADOW_SYNC_LAMBDA_TPS": "100000",
    "SHADOW_SYNC_THING_TPS": "1000",
    "SHADOW_SYNC_WORKER_THREADS": "4",
    "SHADOW_SYNC_WINDOW": "40",
    "SHADOW_SYNC_SPACETIMEDB_DATABASE": "shadows",
}


class SideBySide:
    """Two versions, by name. An API of each is running."""

    def __init__(
        self, redis: "Redis", sandbox: RunningSandbox, versions: Mapping[str, Version], doors: Mapping[str, Door]
    ) -> None:
        self.redis, self.sandbox, self.versions, self.doors = redis, sandbox, versions, doors

    def seed(self, things: Iterable[str]) -> None:
        for thing in things:
            for shadow in SHADOWS:
                self.sandbox.seed(thing, shadow, {"pin": "canary-4711"})

    def sent(self, prefix: str, *, by: Collection[str] = (LAST, THIS)) -> Counter[tuple[str, str]]:
        """How often workers of these versions delivered which shadow of the Things whose names begin so."""
        rows = (row for row in self.sandbox.invocations() if row["function"] in by and not row["functionError"])
        delivered = ((str(row["thingName"]), str(row["shadowName"])) for row in rows)
        return Counter(one for one in delivered if one[0].startswith(prefix))

    def told(self, version: str, job_id: str, **headers: str) -> dict[str, Any]:
        answer = self.doors[version].job(job_id, **headers)
        assert answer.status == 200, answer.body
        told: dict[str, Any] = answer.json
        # They move with the clock.
        return {name: value for name, value in told.items() if name not in ("rate", "estimatedEndAt")}

    def results(self, version: str, job_id: str) -> list[dict[str, Any]]:
        headers = {"Accept": "application/x-ndjson"}
        answer = self.doors[version].ask("GET", f"/admin/shadow-sync-jobs/{job_id}/results", headers=headers)
        assert answer.status == 200, answer.body
        return [json.loads(line) for line in answer.body.splitlines()]

    def ended(self, job_id: str) -> dict[str, Any]:
        """The job as both versions tell it when it has ended."""
        assert self.told(THIS, job_id, Prefer="wait=30")["finishedAt"], "the job ends"
        self.assert_told_alike(job_id)
        assert holds(self.results(THIS, job_id), self.results(LAST, job_id))
        return self.told(LAST, job_id)

    def assert_told_alike(self, job_id: str) -> None:
        earlier, later = self.told(LAST, job_id), self.told(THIS, job_id)
        assert holds(later, earlier), f"\n{later}\n{earlier}"

    def assert_nothing_is_left(self) -> None:
        """Nothing is due, waits in a queue or is unfinished: what is kept are ended jobs, and their results."""
        until(lambda: not self.unfinished(), what="nothing is left")

    def unfinished(self) -> list[str]:
        keys = map(str, self.redis.scan_iter(f"{KEY_PREFIX}*", count=1000))
        return [key for key in keys if _UNFINISHED.fullmatch(key)]


def holds(later: Any, earlier: Any) -> bool:
    """Whether all that the *earlier* version says stands in what the *later* one says, which may say more."""
    if isinstance(earlier, dict):
        return all(name in later and holds(later[name], value) for name, value in earlier.items())
    if isinstance(earlier, list):
        return len(later) == len(earlier) and all(map(holds, later, earlier))
    return bool(later == earlier)


@contextmanager
def side_by_side(valkey: Valkey, folder: Path) -> Iterator[SideBySide]:
    unpacked, logs = folder / "release", folder / "logs"
    logs.mkdir()
    with ZipFile(kept_release()[1]) as archive:
        archive.extractall(unpacked)
    with running(functions=[LAST, THIS]) as sandbox, ExitStack() as exits:
        environment = {
            **QUICK,
            **sandbox.environment(),
            "SHADOW_SYNC_REDIS_URL": valkey.url,
            "SHADOW_SYNC_SPACETIMEDB_URL": sandbox.url,
            "SHADOW_SYNC_SPACETIMEDB_TOKEN": sandbox.spacetimedb_token,
        }
        redis = exits.enter_context(Redis.from_url(valkey.url, socket_timeout=5, decode_responses=True))
        folders = {LAST: unpacked, THIS: ROOT}
        versions = {name: Version(name, path, environment, logs) for name, path in folders.items()}
        doors = {name: version.api(exits) for name, version in versions.items()}
        try:
            for door in doors.values():
                until(lambda door=door: _answers(door), seconds=60, what="the API answers")  # type: ignore[misc]
            yield SideBySide(redis, sandbox, versions, doors)
        finally:
            for door in doors.values():
                door.process.terminate()


def _answers(door: Door) -> bool:
    assert door.process.poll() is None, door.log_file.read_text()
    try:
        return door.ask("GET", "/readyz").status == 200
    except OSError:
        return False
