"""AWS, at the pace that its quotas allow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from worker.aws import Aws, Invocation
from worker.call_counts import CallCounts
from worker.failures import RetryableError
from worker.pace import Pace


class PacedAws:
    """The calls of a sync, each of which first waits for its place, and is counted. Thread-safe."""

    def __init__(self, aws: Callable[[], Aws], iot: Pace, lambda_: Pace, counts: CallCounts) -> None:
        self._aws, self._iot, self._lambda, self._counts = aws, iot, lambda_, counts

    def named_shadows(self, thing_name: str) -> Iterator[list[str]]:
        """As :meth:`worker.aws.Aws.named_shadows`."""
        return self._aws().named_shadows(thing_name, lambda: self._at(self._iot, "ListNamedShadowsForThing"))

    def shadow(self, thing_name: str, shadow_name: str) -> bytes:
        """As :meth:`worker.aws.Aws.shadow`."""
        with self._at(self._iot, "GetThingShadow"):
            return self._aws().shadow(thing_name, shadow_name)

    def invoke(self, payload: bytes, *, dry_run: bool = False) -> Invocation:
        """As :meth:`worker.aws.Aws.invoke`."""
        with self._at(self._lambda, "Invoke"):
            return self._aws().invoke(payload, dry_run=dry_run)

    @contextmanager
    def _at(self, pace: Pace, operation: str) -> Iterator[None]:
        pace.wait()
        try:
            with self._counts.counted(operation):
                yield
        except RetryableError as failure:
            if failure.throttled:
                pace.slow_down()
            raise
