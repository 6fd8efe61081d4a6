"""EventBridge's side of the webhook, and the table behind it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from sandbox import RunningSandbox, running
from tests.api.door import SHARED_SECRET, Answer, Door, running_api

PATH = "/admin/shadow-webhook"
WEBHOOK_KEY, OLD_KEY = "the webhook's key", "the webhook's key of last year"
CANARY = "canary-4711"
Event = dict[str, Any]


def event(event_id: str | None = None, **detail: Any) -> Event:
    """As pipeline/shadow_to_eventbridge.py puts it and EventBridge delivers it."""
    return {
        "version": "0",
        "id": event_id or str(uuid4()),
        "detail-type": "Shadow Update",
        "source": "spk.iot.shadow",
        "account": "123456789012",
        "time": "2026-01-31T12:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "thingName": "hub-1",
            "shadowName": "lock",
            "partnerId": None,
            "version": 7,
            "reportedState": f'{{"pin":"{CANARY}"}}',
            "desiredState": None,
            "deltaState": None,
            "metadata": f'{{"reported":{{"{CANARY}":{{"timestamp":1763900000}}}}}}',
        }
        | detail,
    }


def settings(table_url: str, token: str, **changes: str) -> dict[str, str]:
    keys = f"old:{sha256(OLD_KEY.encode()).hexdigest()}, new:{sha256(WEBHOOK_KEY.encode()).hexdigest()}"
    variables = {
        "SPACETIMEDB_URL": table_url,
        "SPACETIMEDB_DATABASE": "shadows",
        "SPACETIMEDB_TOKEN": token,
        "WEBHOOK_KEYS": keys,
        **changes,
    }
    return SHARED_SECRET | {f"SHADOW_SYNC_{name}": value for name, value in variables.items()}


@dataclass(frozen=True)
class Webhook:
    door: Door
    table: RunningSandbox

    def deliver(
        self, sent: Event | bytes, headers: Mapping[str, str] | None = None, *, chunked: bool = False
    ) -> Answer:
        body: Any = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        return self.door.ask(
            "POST",
            PATH,
            credentials={"X-API-Key": WEBHOOK_KEY} if headers is None else headers,
            headers={"Content-Type": "application/json; charset=utf-8", "Range": "bytes=0-1048575"},
            body=iter([body]) if chunked else body,
            chunked=chunked,
        )

    def versions(self) -> dict[str, int]:
        return {f"{row.thing_name}/{row.shadow_name}": row.version for row in self.table.rows()}


@contextmanager
def running_webhook(redis_url: str, folder: Path, **changes: str) -> Iterator[Webhook]:
    """An API of its own with a webhook, and its table; *changes* are settings without their prefix."""
    with (
        running() as table,
        running_api(redis_url, folder, **settings(table.url, table.spacetimedb_token, **changes)) as door,
    ):
        yield Webhook(door, table)
