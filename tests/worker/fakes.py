"""An AWS that answers without a network, and a store whose back-offs take no time."""

from collections.abc import Callable, Iterator

from redis import Redis

from worker.aws import Aws, Invocation, LiveRule
from worker.call_counts import CallCounts
from worker.connection import connect
from worker.job import Lease, Outcome
from worker.job_paces import JobPaces
from worker.jobs import JobStore
from worker.landing import Landings, database_of
from worker.pace import Pace
from worker.results import Results
from worker.rule import TopicRule, rule_in_force
from worker.selection import Selections
from worker.settings import Settings
from worker.sync import Sync
from worker.wake_ups import WakeUps


class FakeAws(Aws):
    """Answers without a network; the method named *broken* raises *error* each time."""

    def __init__(self, broken: str, error: Exception) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._broken, self._error = broken, error

    def named_shadows(self, thing_name: str, *_: object) -> Iterator[list[str]]:
        self._called("named_shadows", thing_name)
        yield ["config"]

    def shadow(self, thing_name: str, shadow_name: str) -> bytes:
        self._called("shadow", thing_name, shadow_name)
        return b'{"state": {"reported": {"a": 1}}, "version": 1}'

    def invoke(self, payload: bytes, *, dry_run: bool = False) -> Invocation:
        self._called("invoke", payload, *(["dry run"] if dry_run else []))
        return Invocation(200, "request-1")

    def times(self, method: str) -> int:
        return sum(call[0] == method for call in self.calls)

    def _called(self, method: str, *args: object) -> None:
        self.calls.append((method, *args))
        if method == self._broken:
            raise self._error


class Hasty(JobStore):
    """Gives work back without the delay, and remembers how long it should have been."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        super().__init__(redis, settings)
        self.delays: list[float] = []

    def retry(self, lease: Lease, *, delay: float, charge: bool, outcome: Outcome, counted: bool = True) -> bool:
        self.delays.append(delay)
        return super().retry(lease, delay=0.0, charge=charge, outcome=outcome, counted=counted)


def make_sync(settings: Settings, store: JobStore, aws: Aws) -> Sync:
    redis = connect(settings, connections=settings.worker_threads)
    return sync_of(settings, store, WakeUps(redis), lambda: aws)


def sync_of(settings: Settings, store: JobStore, wake_ups: WakeUps, aws: Callable[[], Aws]) -> Sync:
    redis = connect(settings, connections=settings.worker_threads)
    return Sync(
        settings,
        store,
        wake_ups,
        lambda _lane: aws(),
        lambda: rule_of(settings),
        landings_of(settings, store),
        Selections(store, Results(redis), lambda: aws().fleet(Pace(redis, "iot-control", 1000), CallCounts())),
        # A place that is further off is waited for in the due set, where it blocks nobody.
        JobPaces(redis, longest_wait=0.01),
    )


def landings_of(settings: Settings, store: JobStore) -> Landings:
    return Landings(settings, store, database_of(settings))


def rule_of(settings: Settings) -> TopicRule:
    """The rule of *settings*, which name no live one."""

    def none_is_live(name: str) -> LiveRule:
        raise AssertionError(name)

    return rule_in_force(settings, none_is_live)
