"""The Celery tasks: adapters of a line each over ``sync.py``. Their arguments are an id and names, and nothing else
ever.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from celery import Celery
from redis import RedisError
from structlog.contextvars import bound_contextvars

from worker.sync import Sync
from worker.wake_up import RECONCILE, SELECT_THINGS, SYNC_SHADOW, SYNC_THING

_log = structlog.get_logger(__name__)


def register(app: Celery, sync: Sync) -> None:
    """Make *sync* what the application's tasks do."""

    @app.task(name=SELECT_THINGS)
    def select_things(job_id: str) -> None:
        with _following(job_id=job_id):
            sync.select_things(job_id)

    @app.task(name=SYNC_THING)
    def sync_thing(job_id: str, thing_name: str) -> None:
        with _following(job_id=job_id, thing_name=thing_name):
            sync.sync_thing(job_id, thing_name)

    @app.task(name=SYNC_SHADOW)
    def sync_shadow(job_id: str, thing_name: str, shadow_name: str) -> None:
        with _following(job_id=job_id, thing_name=thing_name, shadow_name=shadow_name):
            sync.sync_shadow(job_id, thing_name, shadow_name)

    @app.task(name=RECONCILE)
    def reconcile() -> None:
        sync.reconcile()


@contextmanager
def _following(**ids: str) -> Iterator[None]:
    """Put *ids* on every line of the log. An unreachable store is one line, too: what could not be recorded is due
    again.
    """
    with bound_contextvars(**ids):
        try:
            yield
        except RedisError as error:
            _log.warning("store unreachable, the work will be done again", error=type(error).__name__)
