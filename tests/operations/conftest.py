"""Flower beside a worker, as an operator runs them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from redis import Redis

from sandbox import running
from tests.conftest import Valkey, free_port
from tests.waiting import until
from tests.worker.conftest import ADMIN
from tests.worker.processes import started
from worker.broker import make_celery
from worker.connection import connect
from worker.job import Work
from worker.job_request import Lane, one_thing
from worker.jobs import JobStore
from worker.settings import Settings
from worker.wake_up import RECONCILE, SELECT_THINGS, SYNC_SHADOW
from worker.wake_ups import WakeUps

LOGIN, NEXT_LOGIN = "ops:correct-horse-battery", "ops:staple-battery-horse"
CANARY = "canary-4711"
WORKER = ["celery", "-A", "worker.app", "worker", "--without-gossip", "--without-mingle", "-n", "worker@%h"]
FLOWER = ["celery", "-A", "worker.app", "flower", "--conf=flowerconfig.py"]


class Flower:
    """A running Flower that has seen the job *job_id*, of the Thing "lock" with the shadows "front" and "back"."""

    job_id: str

    def __init__(self, port: int) -> None:
        self.port = port
        self._http = urllib3.PoolManager(retries=False, timeout=5.0)

    def ask(
        self, path: str, *, login: str | None = LOGIN, method: str = "GET", **sent: str
    ) -> urllib3.BaseHTTPResponse:
        """*sent*: headers, with underscores in their names for hyphens."""
        headers = {name.replace("_", "-"): value for name, value in sent.items()}
        headers.update(urllib3.make_headers(basic_auth=login) if login else {})
        return self._http.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, redirect=False)

    def alive(self) -> bool:
        try:
            return self.ask("/healthcheck", login=None).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def rows(self) -> list[dict[str, Any]]:
        """What the page of tasks shows."""
        query = {"draw": 1, "start": 0, "length": 1000, "order[0][column]": 0, "columns[0][data]": "name"}
        rows: list[dict[str, Any]] = json.loads(self.ask(f"/tasks/datatable?{urlencode(query)}").data)["data"]
        return rows

    def shown(self, task: str) -> list[dict[str, Any]]:
        return [row for row in self.rows() if row["name"] == task and row["state"] == "SUCCESS"]

    def close(self) -> None:
        self._http.clear()


@pytest.fixture(scope="module")
def environment(shared_valkey: Valkey) -> dict[str, str]:
    with Redis.from_url(shared_valkey.url, socket_timeout=5) as client:
        client.flushall()
    return {"SHADOW_SYNC_REDIS_URL": shared_valkey.url, "SHADOW_SYNC_WORKER_THREADS": "4"}


@pytest.fixture(scope="module")
def flower(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flower]:
    folder: Path = tmp_path_factory.mktemp("flower")
    port = free_port()
    with running() as sandbox, ExitStack() as exits:
        for shadow in ("front", "back"):
            sandbox.seed("lock", shadow, {"pin": CANARY})
        exits.enter_context(started(WORKER, {**environment, **sandbox.environment()}, folder / "worker.log"))
        # The last variable opens a Flower without a login to everybody; with one it must change nothing.
        login = {
            "FLOWER_BASIC_AUTH": f"{LOGIN},{NEXT_LOGIN}",
            "FLOWER_PORT": str(port),
            "FLOWER_UNAUTHENTICATED_API": "true",
        }
        process = exits.enter_context(started(FLOWER, {**environment, **login}, folder / "flower.log"))
        flower = Flower(port)
        exits.callback(flower.close)
        process.wait_until(flower.alive, what="Flower answers")
        _sync_a_thing(flower, Settings(redis_url=environment["SHADOW_SYNC_REDIS_URL"]))
        yield flower


def _sync_a_thing(flower: Flower, settings: Settings) -> None:
    app = make_celery(settings)

    def sees_tasks() -> bool:
        app.send_task(RECONCILE)
        return bool(flower.shown(RECONCILE))

    # Workers tell of their tasks only from when Flower has asked them to.
    until(sees_tasks, what="Flower sees tasks")
    with connect(settings, connections=2) as redis:
        flower.job_id, _ = JobStore(redis, settings).create(one_thing("lock", ADMIN))
        # Of one Thing there is nothing to select, and that is done at once.
        WakeUps(redis).send([Work(flower.job_id), Work(flower.job_id, "lock")], Lane.INTERACTIVE)
        until(lambda: len(flower.shown(SYNC_SHADOW)) == 2, what="Flower shows both shadows")
        until(lambda: flower.shown(SELECT_THINGS), what="Flower shows the selection")
    app.close()
