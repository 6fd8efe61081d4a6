"""All that the product does, as it happens once, with everything that comes out of it kept."""

import json
from typing import Any

from click.testing import CliRunner

from cli.main import shadow_sync
from tests.api.door import token
from tests.api.webhook import PATH, WEBHOOK_KEY, event
from tests.operations.canary import OTHERS, THING
from tests.operations.secured import KEY, USER, Secured
from tests.waiting import until

JOBS = "/admin/shadow-sync-jobs"


class Seen:
    """Everything that came out: by where it did."""

    def __init__(self, site: Secured) -> None:
        self.site = site
        self.all: list[tuple[str, bytes]] = []
        self.heard: list[tuple[bytes, bytes]] = []

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer, if it is JSON. An API whose Redis connections were all cut answers once that it has no store."""
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = self.site.door.ask(method, path, headers=sent, body=content)
        self.all.append((f"{method} {path} {answer.status}", answer.body + str(answer.headers).encode()))
        return json.loads(answer.body) if answer.headers["Content-Type"] == "application/json" else None

    def start(self, path: str, body: Any = None) -> str:
        return str(self.ask("POST", path, body)["jobId"])

    def ended(self, job_id: str) -> Any:
        def job() -> Any:
            job = self.ask("GET", f"{JOBS}/{job_id}", Prefer="wait=5")
            return job if job.get("success") is not None else None

        return until(job, what="the job ends")

    def say(self, *words: str) -> None:
        environment = {
            "SHADOW_SYNC_URL": self.site.door.url,
            "SHADOW_SYNC_API_KEY": KEY,
            "SHADOW_SYNC_TOKEN": token(),
        }
        result = CliRunner().invoke(shadow_sync, words, env=environment)
        self.all.append((f"shadow-sync {' '.join(words)}: {result.exit_code}", result.output.encode()))
        assert result.exit_code in (0, 1), result.output


def flower_listens(seen: Seen) -> None:
    """Workers tell of their tasks only from when Flower has asked them to, which it does every few seconds."""

    def heard() -> bool:
        seen.ended(seen.start("/admin/shadow-sync/nobody"))
        return bool(seen.site.flower.rows())

    until(heard, what="Flower hears of tasks")


def everything_happens(seen: Seen) -> None:
    site = seen.site
    flower_listens(seen)
    site.sandbox.turn(
        function_error_for=["worst"],
        lambda_error_rate=0.1,
        iot_error_rate=0.1,
        iot_reset_rate=0.05,
        delivery_duplicate_rate=0.1,
    )
    one = seen.start(f"/admin/shadow-sync/{THING}", {"verify": True})
    many = seen.start(JOBS, {"all": True, "comment": "all of them"})
    until(lambda: seen.ask("GET", f"{JOBS}/{many}")["status"] == "awaiting_confirmation", what="it is to be confirmed")
    seen.ask("POST", f"{JOBS}/{many}/confirm")
    seen.ask("POST", f"{JOBS}/{many}/pause")
    seen.ask("POST", f"{JOBS}/{many}/resume")
    taken_back = seen.start(JOBS, {"thingGroup": "group", "maxShadowsPerSecond": 1, "confirm": True})
    for kind in (b"normal", b"pubsub"):
        site.admin.execute_command("CLIENT", "KILL", "TYPE", kind, "USER", USER)  # type: ignore[no-untyped-call]
    seen.ask("GET", "/readyz")
    webhook(seen)
    seen.ask("POST", f"{JOBS}/{taken_back}/cancel")
    more = [
        seen.start(f"/admin/shadow-drift/{THING}"),
        seen.start(f"/admin/shadow-sync/{THING}", {"onlyDrifted": True, "ignoreWhere": True}),
        seen.start(
            JOBS, {"query": "thingName:lamp*", "dryRun": True, "confirm": True, "tolerance": {"failedPercent": 1}}
        ),
    ]
    for job_id in (one, many, taken_back, *more):
        seen.ended(job_id)
    seen.ended(seen.start(f"{JOBS}/{many}/retry"))
    looks(seen, one, many)
    speaks(seen, many)
    # Last, since from here on the address is refused.
    for _ in range(7):
        answer = site.door.ask("GET", JOBS, credentials={"Authorization": "Bearer x", "X-API-Key": "x"})
        seen.all.append((f"nobody {answer.status}", answer.body))


def webhook(seen: Seen) -> None:
    secret = seen.site.network.secrets.new
    key = {"X-API-Key": WEBHOOK_KEY, "Content-Type": "application/json"}
    for sent in (
        event(thingName=THING, shadowName="front", reportedState=secret()),
        event(thingName=[secret()], version=secret()),
        event(thingName=secret() + "/", shadowName=secret() * 9),
        {"detail": {secret(): secret()}, secret(): 1},
        [secret()],
    ):
        answer = seen.site.door.ask("POST", PATH, credentials=key, body=json.dumps(sent))
        seen.all.append((f"webhook {answer.status}", answer.body))
    answer = seen.site.door.ask("POST", PATH, credentials=key, body=f'{{"detail": "{secret()}'.encode())
    seen.all.append((f"webhook {answer.status}", answer.body))


def looks(seen: Seen, one: str, many: str) -> None:
    for path in (
        *(
            f"{JOBS}/{one}",
            f"{JOBS}/{one}/results",
            f"{JOBS}/{many}/results?failed=true",
            f"{JOBS}/{many}/results?limit=2",
        ),
        *(
            JOBS,
            f"{JOBS}?status=partial",
            "/admin/shadow-sync-audit",
            "/admin/shadow-sync-rule",
            "/openapi.json",
            "/docs",
        ),
        *("/healthz", "/readyz", f"{JOBS}/{'f' * 32}", "/admin/nothing"),
    ):
        seen.ask("GET", path)
    for kind in ("text/csv", "application/x-ndjson"):
        seen.ask("GET", f"{JOBS}/{many}/results", Accept=kind)
    seen.ask("POST", f"{JOBS}?dryRun=true", "\n".join(OTHERS).encode(), Content_Type="text/plain")
    paths = ("/", "/workers", "/tasks", "/broker", "/metrics", "/api/workers", "/api/tasks", "/api/queues/length")
    for path in (*paths, *(f"/task/{row['uuid']}" for row in seen.site.flower.rows()[:20])):
        answer = seen.site.flower.ask(path)
        seen.all.append((f"Flower {path} {answer.status}", answer.data))
    seen.all.append(("metrics", seen.site.metrics.ask()[1].encode()))


def speaks(seen: Seen, many: str) -> None:
    seen.say("sync", THING, "--verify")
    seen.say("bulk", "--group", "group", "--watch", "--confirm")
    seen.say("jobs")
    seen.say("status", many)
    seen.say("results", many)
    seen.say("results", many, "--csv")
