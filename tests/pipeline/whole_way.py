"""The whole way, in the processes that it runs in: API, worker, beat, the Lambda, and the sandbox for the rest."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

from sandbox import Knobs, RunningSandbox, running
from tests.api.door import Door, running_api
from tests.api.webhook import PATH, WEBHOOK_KEY, settings
from tests.conftest import Valkey
from tests.pipeline.bad_network import BadNetwork, bad_network_to
from tests.waiting import until
from tests.worker.site import BEAT, WORKER, Site

HANDLER = "pipeline.shadow_to_eventbridge:handler"
BUS = "shadow-updates"
JOB_SECONDS = 60.0
Job = dict[str, Any]
Content = dict[str, tuple[int, Any]]


@dataclass(frozen=True)
class WholeWay:
    sandbox: RunningSandbox
    network: BadNetwork
    door: Door

    def fresh(self, **knobs: Any) -> None:
        """No shadows, no rows, nothing under way; and from now on these knobs."""
        self.sandbox.reset(shadows=True)
        self.sandbox.route(f"{self.network.url}{PATH}", key=WEBHOOK_KEY, event_bus=BUS)
        self.sandbox.turn(**knobs)

    def start(self, thing: str, what: str = "sync", **options: bool) -> str:
        """The id of a new job."""
        headers = {"Content-Type": "application/json"}
        answer = self.door.ask("POST", f"/admin/shadow-{what}/{thing}", headers=headers, body=json.dumps(options))
        assert answer.status == 202, answer.body
        return str(answer.json["jobId"])

    def ended(self, job_id: str) -> Job:
        """The job, as it ended."""

        def job() -> Job | None:
            found: Job = self.door.job(job_id, Prefer="wait=5").json
            return None if found["success"] is None else found

        return until(job, seconds=JOB_SECONDS, what=f"the job {job_id} ends")

    def calm(self) -> None:
        """Let everything go well, and wait until nothing is on its way."""
        self.network.share = 0.0
        shares = [knob for knob in Knobs.model_fields if knob.endswith("_rate") and knob != "delivery_rate"]
        self.sandbox.turn(**dict.fromkeys(shares, 0.0))
        until(lambda: not self.sandbox.under_way(), what="every event is delivered, or given up")

    def shadows(self, thing: str, names: list[str]) -> Content:
        """Version and reported state of each, as AWS IoT has them."""
        found = {}
        for name in names:
            url = f"{self.sandbox.url}/things/{quote(thing)}/shadow?name={quote(name)}"
            answer = urllib3.request("GET", url, headers={"Authorization": "anybody"}, timeout=5.0)
            document = answer.json()
            found[name] = document["version"], document["state"]["reported"]
        return found

    def rows(self, thing: str) -> Content:
        """Version and reported state of each, as its row has them."""
        rows = self.sandbox.rows(thing)
        return {row.shadow_name: (row.version, json.loads(row.reported or "null")) for row in rows}


@contextmanager
def whole_way(folder: Path) -> Iterator[WholeWay]:
    with ExitStack() as exits:
        valkey = Valkey(folder / "valkey")
        valkey.start()
        exits.callback(valkey.kill)
        sandbox = exits.enter_context(
            running(lambda_handler=HANDLER, lambda_environment={"EVENT_BUS_NAME": BUS}, wait_scale=0.05)
        )
        places = settings(sandbox.url, sandbox.spacetimedb_token, API_THREADS="32")
        door = exits.enter_context(running_api(valkey.url, folder, **places))
        network = exits.enter_context(bad_network_to(door.port))
        logs = folder / "logs"
        logs.mkdir()
        site = Site(valkey, sandbox, logs, exits)
        patience = {
            "SHADOW_SYNC_MAX_ATTEMPTS": "50",
            "SHADOW_SYNC_LANDING_TIMEOUT": "20",
            "SHADOW_SYNC_BACKOFF_CAP_SECONDS": "0.5",
            "SHADOW_SYNC_IOT_TIMEOUT_SECONDS": "5",
            "SHADOW_SYNC_LAMBDA_TIMEOUT_SECONDS": "10",
            "SHADOW_SYNC_LEASE_SECONDS": "20",
            "SHADOW_SYNC_WORKER_THREADS": "8",
            "SHADOW_SYNC_LOG_LEVEL": "INFO",
        }
        worker = site.start(WORKER, **places, **patience)
        site.start(BEAT, **places, **patience)
        worker.wait_until_ready()
        yield WholeWay(sandbox, network, door)
