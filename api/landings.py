"""Landing an event: once where that can be told, and answered in time whatever SpacetimeDB and Redis do."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Literal

import structlog
from redis import RedisError

from api.envelope import Envelope
from api.settings import ApiSettings
from worker.connection import connect
from worker.landed_events import LandedEvents
from worker.spacetimedb import SpacetimeDb
from worker.spacetimedb_errors import unavailable

Landing = Literal["landed", "duplicate"]
# EventBridge hangs up after 5 s. Within the deadline fit SpacetimeDB's answer and both of Redis's.
DEADLINE_SECONDS = 4.0
SPACETIMEDB_CONNECT_SECONDS = 1.5
SPACETIMEDB_SECONDS = 3.0
REDIS_SECONDS = 0.4
_log = structlog.get_logger(__name__)


def open_landings(settings: ApiSettings) -> "Landings":
    """Connects to nothing yet.

    Raises:
        worker.settings.SettingsError: SpacetimeDB's URL, database or token cannot be one.
    """
    places = settings.webhook_places
    token = settings.spacetimedb_token
    table = SpacetimeDb(
        settings.spacetimedb_url or "",
        settings.spacetimedb_database or "",
        token.get_secret_value() if token else "",
        connect_timeout=SPACETIMEDB_CONNECT_SECONDS,
        timeout=SPACETIMEDB_SECONDS,
        threads=places,
    )
    patience = min(REDIS_SECONDS, settings.redis_timeout_seconds)
    redis = connect(settings.model_copy(update={"redis_timeout_seconds": patience}), connections=places)
    return Landings(table, LandedEvents(redis), places=places)


class Landings:
    """Thread-safe. *places* is how many events can be under way at a time."""

    def __init__(
        self, table: SpacetimeDb, landed: LandedEvents, *, places: int, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._table = table
        self._landed = landed
        self._deadline = deadline_seconds
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="landing")

    def land(self, event: Envelope) -> Landing:
        """Write the event's row, unless that was done before. The row of a newer version stays, and is "landed" too.

        Raises:
            SpacetimeDbUnavailableError: worth another delivery; the row may land all the same.
            SpacetimeDbSettingsError: refused, for a reason that a setting can mend.
            SpacetimeDbRejectedError: refused for what it is.
        """
        # A thread of its own: time-outs of sockets start anew with every byte, and looking up a name has none.
        landing = self._threads.submit(copy_context().run, self._land, event)
        try:
            return landing.result(self._deadline)
        except TimeoutError:
            landing.cancel()
            raise unavailable(f"not landed within {self._deadline:g} s") from None

    def _land(self, event: Envelope) -> Landing:
        known = self._is_known(event.id)
        if known:
            return "duplicate"
        update = event.detail
        self._table.upsert(
            update.thing_name, update.shadow_name, update.version, update.reported_state, update.desired_state
        )
        if known is not None:
            self._remember(event.id)
        return "landed"

    def _is_known(self, event_id: str) -> bool | None:
        """None where Redis does not tell. To write twice is harmless: the reducer keeps the newer version."""
        try:
            return event_id in self._landed
        except RedisError as error:
            _log.warning("event lands without a look for its duplicates", error=type(error).__name__)
            return None

    def _remember(self, event_id: str) -> None:
        try:
            self._landed.remember(event_id)
        except RedisError as error:
            _log.warning("event landed, but is not remembered", error=type(error).__name__)
