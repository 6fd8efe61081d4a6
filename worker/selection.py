"""Finding out which Things a job is about: page by page, each written down with the place where the next one begins, so
that whatever stops a listing, it goes on where it was.
"""

from collections.abc import Callable
from typing import Protocol

import structlog

from worker.aws_things import StaleTokenError, ThingPage
from worker.failures import PacedError
from worker.job import Lease
from worker.job_request import Selection, SelectionKind
from worker.jobs import JobStore
from worker.results import Results

_RETRIED_AT_ONCE = 500
_log = structlog.get_logger(__name__)


class Fleet(Protocol):
    """What a selection asks of AWS: see :class:`worker.aws_things.FleetCalls`."""

    def everything(self, token: str | None) -> ThingPage: ...
    def in_group(self, group: str, token: str | None, *, recursive: bool) -> ThingPage: ...
    def matching(self, query: str, token: str | None) -> ThingPage: ...


class Selections:
    """Thread-safe."""

    def __init__(
        self,
        store: JobStore,
        results: Results,
        fleet: Callable[[], Fleet],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """*is_stopping*: whether the process has been told to end. Another one then goes on with the next page."""
        self._store, self._results, self._fleet, self._is_stopping = store, results, fleet, is_stopping

    def find(self, lease: Lease) -> bool:
        """Find the Things of the leased job. False where the lease was lost, or the job paused or stopped meanwhile.

        Raises:
            Failure: AWS did not answer as it should.
            PacedError: this process is about to end. What was found so far is written down.
        """
        known = self._store.selection(lease)
        if known is None:
            return False
        selection, place = known
        while True:
            try:
                entries, following = self._page(selection, place)
            except StaleTokenError:
                # Whatever is found a second time is still there once.
                _log.info("the listing starts again: AWS takes its own token no longer")
                self._store.add_things(lease, [], next_page="")
                raise
            if not self._store.add_things(lease, entries, next_page=following or ""):
                return False
            _log.info("things found", kind=selection.kind.value, things=len(entries), last=following is None)
            if following is None:
                return self._store.end_selection(lease)
            if self._is_stopping():
                raise PacedError("Stopped: the worker ends, another one goes on with the listing")
            place = following

    def _page(self, selection: Selection, place: str) -> tuple[list[str], str | None]:
        token = place or None
        match selection.kind:
            case SelectionKind.RETRY:
                entries, number = self._results.to_retry(selection.value, int(place or 0), _RETRIED_AT_ONCE)
                return entries, None if number is None else str(number)
            case SelectionKind.GROUP:
                page = self._fleet().in_group(selection.value, token, recursive=selection.recursive)
            case SelectionKind.QUERY:
                page = self._fleet().matching(selection.value, token)
            case SelectionKind.ALL:
                page = self._fleet().everything(token)
            case kind:
                raise AssertionError(f"{kind} is not to be found")
        return page.names, page.next_token
