"""The workers' door: ``celery -A worker.app worker``, and beat and flower likewise. Here, once, the parts are put
together.
"""

import gc
from functools import cache
from threading import Event, Lock
from typing import Any

import structlog
from celery.signals import (
    beat_init,
    setup_logging,
    task_prerun,
    worker_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from redis import RedisError

from worker import logs
from worker.aws import Aws
from worker.aws_things import FleetCalls
from worker.broker import make_celery
from worker.call_counts import CallCounts
from worker.connection import connect
from worker.figures import StoreFigures
from worker.give_way import give_way
from worker.job_paces import JobPaces
from worker.job_request import Lane
from worker.jobs import JobStore
from worker.landing import Landings, database_of
from worker.metrics import serve
from worker.pace import LONGEST_WAIT_SECONDS, Pace
from worker.paced_aws import PacedAws
from worker.pulse import Pulse
from worker.results import Results
from worker.rule import TopicRule, rule_in_force
from worker.rule_report import RuleReports
from worker.selection import Selections
from worker.settings import Settings, load
from worker.sync import Sync
from worker.tasks import register
from worker.transport import message_dropped
from worker.wake_ups import WakeUps

_log = structlog.get_logger(__name__)
settings = load(Settings)
app = make_celery(settings)
_making_clients = Lock()
# Of the listings, which have small quotas of their own: 10 and 15 calls per second.
_CONTROL_TPS = 8.0
_MOST_CONNECTIONS = 1000
_NEW_OBJECTS = 10_000


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


@cache
def _rule() -> TopicRule:
    return rule_in_force(settings, _aws().topic_rule)


# Of each thread, however many Celery is told to have; and of the pulse.
_redis = connect(settings, connections=_MOST_CONNECTIONS, one_per_thread=True)
_store = JobStore(_redis, settings)
# Three of an attempt's calls may have to wait.
_wait = min(LONGEST_WAIT_SECONDS, settings.spare_lease_seconds / 3)
_landings = Landings(settings, _store, database_of(settings))
_counts = CallCounts()
_pulse = Pulse(_redis, settings, _counts)
_control_pace = Pace(_redis, "iot-control", _CONTROL_TPS, longest_wait=_wait)


def _paced(lane: Lane) -> PacedAws:
    urgent = lane is Lane.INTERACTIVE
    return PacedAws(
        _aws,
        Pace(_redis, "iot", settings.iot_tps, longest_wait=_wait, urgent=urgent),
        Pace(_redis, "lambda", settings.lambda_tps, longest_wait=_wait, urgent=urgent),
        _counts,
    )


@cache
def _fleet() -> FleetCalls:
    return _aws().fleet(_control_pace, _counts)


_paced_aws = {lane: _paced(lane) for lane in Lane}
_stopping = Event()
_selections = Selections(_store, Results(_redis), _fleet, _stopping.is_set)
_paces = JobPaces(_redis, longest_wait=_wait)
register(app, Sync(settings, _store, WakeUps(_redis), _paced_aws.__getitem__, _rule, _landings, _selections, _paces))


@setup_logging.connect(weak=False)
def _log_as_json(**_: Any) -> None:
    logs.configure(settings)


@worker_init.connect(weak=False)
def _stop_here_without_a_region_or_a_rule(**_: Any) -> None:
    # Celery asks for it only later.
    logs.configure(settings)
    _aws()
    _rule()


@worker_init.connect(weak=False)
def _tell_if_redis_lets_nobody_in(**_: Any) -> None:
    # Celery tries for ever, and in its words; here the log says what is to be mended.
    try:
        _store.ping()
    except RedisError as error:
        _log.warning("store unreachable", error=type(error).__name__)


@worker_ready.connect(weak=False)
def _tell_the_rule(**_: Any) -> None:
    try:
        RuleReports(_redis).tell(_rule().report())
    except RedisError as error:
        _log.warning("the API does not hear of the rule", error=type(error).__name__)


@worker_ready.connect(weak=False)
def _begin_the_pulse(sender: Any, **_: Any) -> None:
    _pulse.start(sender.hostname, app.amqp.queues.consume_from)


@task_prerun.connect(weak=False)
def _got_on(**_: Any) -> None:
    _pulse.got_on()


@message_dropped.connect(weak=False)
def _count_it(queue: str, **_: Any) -> None:
    _counts.dropped(queue)


@worker_shutting_down.connect(weak=False)
def _take_up_no_further_page(**_: Any) -> None:
    _stopping.set()


@worker_shutdown.connect(weak=False)
def _end_the_pulse(**_: Any) -> None:
    _pulse.stop()


@beat_init.connect(weak=False)
def _serve_the_metrics(**_: Any) -> None:
    if settings.metrics_bind:
        serve(StoreFigures(_redis, settings), settings.metrics_bind)


@worker_init.connect(weak=False)
def _let_others_go_first(**_: Any) -> None:
    if set(app.amqp.queues.consume_from) == {Lane.BULK.value}:
        give_way()


@worker_init.connect(weak=False)
def _collect_garbage_seldom(**_: Any) -> None:
    # Hundreds of thousands of objects stay as long as the process does: looking at them again and again costs 2 %. So
    # does looking at the new ones after every 700 of them, which leaves little in the processor's caches, too.
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
