"""A landing has a deadline, whatever holds up the call to SpacetimeDB."""

import json
import threading
import time

import pytest
from redis import Redis

from api.envelope import parse_envelope
from api.landings import Landings
from tests.api.webhook import event
from worker.connection import connect
from worker.landed_events import LandedEvents
from worker.settings import Settings
from worker.spacetimedb import SpacetimeDb
from worker.spacetimedb_errors import SpacetimeDbUnavailableError


class StuckTable(SpacetimeDb):
    """As where the look-up of its name does not end, for which there is no time-out."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "shadows", "token")
        self.go_on = threading.Event()

    def upsert(self, *_: object) -> None:
        self.go_on.wait(20)


@pytest.fixture
def redis(redis_url: str) -> "Redis":
    return connect(Settings(redis_url=redis_url), connections=2)


def test_what_takes_too_long_is_worth_another_delivery_and_lands_when_it_can(redis: "Redis") -> None:
    table, landed = StuckTable(), LandedEvents(redis)
    landings = Landings(table, landed, places=1, deadline_seconds=0.2)
    late, later, last = (parse_envelope(json.dumps(event(name)).encode()) for name in ("late", "later", "last"))
    begun = time.monotonic()
    for delivery in (late, later):
        with pytest.raises(SpacetimeDbUnavailableError, match=r"0\.2 s"):
            landings.land(delivery)
    assert time.monotonic() - begun < 5
    table.go_on.set()
    assert landings.land(last) == "landed"
    assert "late" in landed
    # It had not begun, and nobody waits for it any more.
    assert "later" not in landed
    redis.close()
    redis.connection_pool.disconnect()
