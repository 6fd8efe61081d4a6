"""The sync itself, in plain functions that know no Celery: list a Thing's shadows, deliver one shadow, wake what is
overdue.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import format_tb
from typing import Protocol

import structlog
from redis import RedisError

from worker.aws import Invocation
from worker.events import DocumentError, RuleError, rule_event, shadow_version
from worker.failures import Failure, PacedError, PermanentError, RetryableError
from worker.job import Lease, Outcome, ShadowStatus, Work
from worker.job_ends import Ended
from worker.job_paces import JobPaces
from worker.job_request import Lane
from worker.jobs import JobStore
from worker.landing import Landings
from worker.rule import TopicRule
from worker.selection import Selections
from worker.settings import Settings
from worker.wake_ups import WakeUps

_log = structlog.get_logger(__name__)


class AwsCalls(Protocol):
    """What a sync asks of AWS: see :class:`worker.aws.Aws`."""

    def named_shadows(self, thing_name: str) -> Iterator[list[str]]: ...
    def shadow(self, thing_name: str, shadow_name: str) -> bytes: ...
    def invoke(self, payload: bytes, *, dry_run: bool) -> Invocation: ...


class Sync:
    """What a worker does with a job. Every method may run twice, or at the same time in two workers: the store decides
    who may.
    """

    def __init__(
        self,
        settings: Settings,
        store: JobStore,
        wake_ups: WakeUps,
        aws: Callable[[Lane], AwsCalls],
        rule: Callable[[], TopicRule],
        landings: Landings,
        selections: Selections,
        paces: JobPaces,
    ) -> None:
        self._settings = settings
        self._store = store
        self._wake_ups = wake_ups
        self._aws = aws
        self._rule = rule
        self._landings = landings
        self._selections = selections
        self._paces = paces

    def select_things(self, job_id: str) -> None:
        """Find out which Things the job is about, and begin with them."""
        lease = self._lease(Work(job_id))
        if lease is None:
            return
        with self._attempt(lease):
            if self._selections.find(lease):
                self._wake(lease.lane)

    def sync_thing(self, job_id: str, thing_name: str) -> None:
        """List the Thing's named shadows and wake a worker for each; or, once all are delivered, see whether they have
        landed.
        """
        lease = self._lease(Work(job_id, thing_name))
        if lease is None:
            return
        with self._attempt(lease):
            if lease.landing:
                self._landings.look(lease)
            else:
                self._list(lease)

    def sync_shadow(self, job_id: str, thing_name: str, shadow_name: str) -> None:
        """Read the shadow, shape its event, and hand it to the Lambda."""
        lease = self._lease(Work(job_id, thing_name, shadow_name))
        if lease is None:
            return
        with self._attempt(lease):
            self._paces.wait(lease)
            document = self._aws(lease.lane).shadow(thing_name, shadow_name)
            self._follow(lease, self._store.finish(lease, self._deal_with(lease, document)))

    def reconcile(self) -> None:
        """Wake what is overdue: a message was lost, a worker died, or a not-before time has come. And what has been
        waiting for room.
        """
        for lane in Lane:
            woken = self._wake(lane)
            if woken:
                _log.info("woken", lane=lane.value, works=woken)

    def _wake(self, lane: Lane) -> int:
        works = self._store.wake(lane)
        self._wake_ups.send(works, lane)
        return len(works)

    def _lease(self, work: Work) -> Lease | None:
        """The right to an attempt, unless the attempts have run out without one of them telling how it ended, or it
        takes another release.
        """
        lease = self._store.lease(work)
        if lease and lease.charged > self._settings.max_attempts:
            lost = f"WorkerLostError: no worker came back from {self._settings.max_attempts} attempts"
            self._settle(lease, PermanentError(lost))
            return None
        # To look for what has landed is to send nothing.
        if lease and lease.options.unknown and not lease.landing:
            # While two releases run side by side. To leave an option out could be to send what must not be sent.
            names = ", ".join(lease.options.unknown)
            text = f"UnknownOptionError: the job asks for {names}, which this release cannot do; run the later one"
            self._settle(lease, RetryableError(text, throttled=True))
            return None
        return lease

    def _list(self, lease: Lease) -> None:
        thing_name = lease.work.thing_name
        rows = self._landings.rows(thing_name) if lease.options.needs_rows else None
        listed: set[str] = set()
        for names in [list(lease.only)] if lease.only else self._aws(lease.lane).named_shadows(thing_name):
            woken = self._store.add_shadows(lease, [name for name in names if lease.options.wants(name)], rows)
            if woken is None:
                return
            self._wake_ups.send(woken, lease.lane)
            listed.update(names)
        compares_all = lease.options.compare and not lease.only
        orphans = {name: rows[name] for name in rows.keys() - listed} if rows and compares_all else None
        none = "" if listed else f"The Thing {thing_name} has no named shadows."
        self._follow(lease, self._store.end_listing(lease, error_if_empty=none, orphans=orphans))

    def _follow(self, lease: Lease, ended: Ended) -> None:
        if ended is Ended.LANDING:
            self._wake_ups.send([lease.work.of_the_thing], lease.lane)
        elif ended is Ended.THING_ENDED and lease.lane is Lane.BULK:
            self._wake(lease.lane)

    def _deal_with(self, lease: Lease, document: bytes) -> Outcome:
        """Deliver a shadow, or find that it need not be."""
        try:
            version = shadow_version(document) if lease.options.needs_rows else None
            if lease.options.compare or (version is not None and version == lease.row_version):
                return Outcome(status=ShadowStatus.SKIPPED, version=version)
            event = rule_event(
                self._rule(),
                document,
                thing_name=lease.work.thing_name,
                shadow_name=lease.work.shadow_name or "",
                now_ms=time.time_ns() // 1_000_000,
                ignore_where=lease.options.ignore_where,
            )
        except (DocumentError, RuleError) as error:
            raise PermanentError(f"{type(error).__name__}: {error}") from None
        if event is None:
            return Outcome(status=ShadowStatus.SKIPPED, version=version)
        invocation = self._aws(lease.lane).invoke(event.payload, dry_run=lease.options.dry_run)
        return Outcome(
            status=ShadowStatus.DELIVERED,
            version=event.version,
            lambda_status_code=invocation.status_code,
            lambda_request_id=invocation.request_id,
        )

    @contextmanager
    def _attempt(self, lease: Lease) -> Iterator[None]:
        """See to it that whatever goes wrong in the block is recorded as what came of the attempt.

        Only an unreachable store passes: nothing can be recorded then, and the work is done again when the lease ends.
        """
        try:
            yield
        except RedisError:
            raise
        except Failure as failure:
            self._settle(lease, failure)
        except Exception as bug:  # noqa: BLE001 - a bug must not leave the job without an end
            # Where it was raised, but not its message: that can quote what was being worked on.
            _log.error("bug", error=type(bug).__name__, frames=format_tb(bug.__traceback__))
            self._settle(lease, RetryableError(f"InternalError: {type(bug).__name__}; see the worker's log"))

    def _settle(self, lease: Lease, failure: Failure) -> None:
        """Decide what follows from a failed attempt, another one or the end, and record it."""
        if lease.landing:
            self._landings.give_up_or_look_again(lease, failure)
            return
        outcome = Outcome(
            status=ShadowStatus.FAILED,
            lambda_status_code=failure.lambda_status_code,
            lambda_request_id=failure.lambda_request_id,
            error=str(failure),
        )
        if isinstance(failure, PacedError):
            self._store.retry(lease, delay=failure.retry_after, charge=False, counted=False, outcome=outcome)
            return
        if isinstance(failure, RetryableError) and self._may_try_again(lease, failure):
            delay = max(self._back_off(lease.attempts), failure.retry_after)
            self._store.retry(lease, delay=delay, charge=not failure.throttled, outcome=outcome)
            _log.info("will try again", error=str(failure), attempts=lease.attempts, delay=round(delay, 3))
            return
        _log.warning("given up", error=str(failure), attempts=lease.attempts)
        if not lease.work.thing_name:
            self._store.end_selection(lease, error=str(failure))
        elif lease.work.shadow_name is None:
            self._follow(lease, self._store.end_listing(lease, error=str(failure)))
        else:
            self._follow(lease, self._store.finish(lease, outcome))

    def _may_try_again(self, lease: Lease, failure: RetryableError) -> bool:
        in_time = lease.age < self._settings.give_up_seconds
        return in_time and (failure.throttled or lease.charged < self._settings.max_attempts)

    def _back_off(self, attempts: int) -> float:
        """Exponential, with the upper half of it drawn at random so that a burst of throttled work does not come back
        as one.
        """
        delay = min(self._settings.backoff_cap_seconds, self._settings.backoff_seconds * 2.0 ** min(attempts - 1, 30))
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 - no secret depends on it
