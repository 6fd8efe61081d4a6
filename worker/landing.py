"""Whether what was delivered has landed: asked of SpacetimeDB once per Thing and attempt, until it has, or time is up.

Between two attempts the Thing stands in the due set, and no worker waits.
"""

from collections.abc import Callable

import structlog

from worker.failures import Failure, PermanentError, RetryableError
from worker.job import Lease, Outcome, ShadowStatus
from worker.jobs import JobStore
from worker.settings import PREFIX, Settings
from worker.spacetimedb import SpacetimeDb

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 5.0
_NO_ERROR = Outcome(status=ShadowStatus.DELIVERED)
_log = structlog.get_logger(__name__)


def database_of(settings: Settings) -> Callable[[], SpacetimeDb | None]:
    """What *settings* name. Connects to nothing.

    Raises:
        SettingsError: the URL, the database's name or the token cannot be one.
    """
    url, name, token = settings.spacetimedb_url, settings.spacetimedb_database, settings.spacetimedb_token
    if not (url and name and token):
        return lambda: None
    database = SpacetimeDb(url, name, token.get_secret_value(), threads=settings.worker_threads)
    return lambda: database


class Landings:
    """Thread-safe. ``database`` returns None where none is configured."""

    def __init__(self, settings: Settings, store: JobStore, database: Callable[[], SpacetimeDb | None]) -> None:
        self._timeout = settings.landing_timeout
        self._store = store
        self._database = database

    def rows(self, thing_name: str) -> dict[str, int]:
        """The version of every row of the Thing, by shadow.

        Raises:
            Failure: they cannot be read.
        """
        database = self._database()
        if database is None:
            raise PermanentError(f"SettingsError: {PREFIX}SPACETIMEDB_URL is not set for this worker")
        return database.rows(thing_name)

    def look(self, lease: Lease) -> None:
        """Record what has landed of the leased Thing; look again later, or give up, where not all has.

        Raises:
            Failure: the rows cannot be read.
        """
        sent = self._store.awaited(lease)
        rows = self.rows(lease.work.thing_name)
        landed = {name: rows[name] for name, version in sent.items() if rows.get(name, -1) >= version}
        late = f"NotLandedError: no row with this version within {self._timeout:g} s of the delivery"
        left = self._store.land(lease, landed, late=late if lease.age >= self._timeout else "")
        if left:
            self._look_again(lease)

    def give_up_or_look_again(self, lease: Lease, failure: Failure) -> None:
        """The rows could not be read. What is delivered stays delivered; the job says once why nobody knows more."""
        if isinstance(failure, RetryableError) and lease.age < self._timeout:
            _log.info("rows not read, will try again", error=str(failure))
            self._look_again(lease)
            return
        _log.warning("landing given up", error=str(failure))
        self._store.land(lease, {}, unknown=str(failure))

    def _look_again(self, lease: Lease) -> None:
        pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(lease.attempts - 1, 10), _LONGEST_PAUSE_SECONDS)
        delay = max(min(pause, self._timeout - lease.age), 0.05)
        self._store.retry(lease, delay=delay, charge=False, outcome=_NO_ERROR)
