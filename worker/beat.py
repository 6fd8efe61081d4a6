"""Celery beat's scheduler, with the reconciler run in beat's own process.

A message per second would pile up in the broker whenever no worker consumes, and would wait behind the very queue that
it is to mend; run here, the reconciler depends on Redis alone. Two beats do no harm: what is overdue is taken in one
atomic step.
"""

from typing import Any

import structlog
from celery.beat import Scheduler
from redis import RedisError

from worker.wake_up import RECONCILE

_log = structlog.get_logger(__name__)


class ReconcilingScheduler(Scheduler):
    """Keeps nothing on disk, publishes nothing, and runs the reconciler at each tick, every ``beat_max_loop_interval``
    seconds.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:  # noqa: ARG002 - the signature is Celery's
        try:
            self.app.tasks[RECONCILE]()
        except RedisError as error:
            _log.warning("store unreachable", error=type(error).__name__)
        return float(self.app.conf.beat_max_loop_interval)
