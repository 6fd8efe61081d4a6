"""The workers' door: ``celery -A worker.app worker``, and beat and flower likewise. Here, once, the parts are put
together.
"""

from threading import Lock
from typing import Any

import structlog
from celery.signals import setup_logging, worker_init

from worker import logs
from worker.aws import Aws
from worker.broker import WakeUps, make_celery
from worker.connection import connect
from worker.jobs import JobStore
from worker.settings import Settings, load
from worker.sync import Sync
from worker.tasks import register

_log = structlog.get_logger(__name__)
settings = load(Settings)
app = make_celery(settings)
_making_clients = Lock()


_made: list[Aws] = []


def _aws() -> Aws:
    # Made at first use, since beat and Flower need no AWS; under a lock, since making a client is not thread-safe;
    # and kept once it has credentials, which can come later than the worker.
    with _making_clients:
        if _made:
            return _made[0]
        aws = Aws(settings)
        if aws.has_credentials:
            _made.append(aws)
        else:
            _log.warning("no AWS credentials yet; give the worker a role, or the AWS_* variables")
        return aws


_store = JobStore(connect(settings, connections=settings.worker_threads + 1), settings)
register(app, Sync(settings, _store, WakeUps(app), _aws))


@setup_logging.connect(weak=False)
def _log_as_json(**_: Any) -> None:
    logs.configure(settings)


@worker_init.connect(weak=False)
def _stop_here_without_a_region(**_: Any) -> None:
    _aws()
