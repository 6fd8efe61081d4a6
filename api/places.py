"""How the threads are shared between the webhook and the admins' routes, so that neither can use up the other's."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock

from flask import Flask, g, request

from api.auth import WEBHOOK_ROUTES, is_admins
from api.errors import Unavailable
from api.settings import ApiSettings

RETRY_AFTER_SECONDS = 1
# An admin's requests come in bursts and are soon done. EventBridge's need not wait here: it tries again by itself.
_ADMIN_WAIT_SECONDS, _ADMINS_WAITING = 1.0, 256
# Nothing that runs takes as long. Who comes back all the same without a place has been accepted, and is answered.
_BACK_SECONDS = 20.0


class _Here(threading.local):
    """The places that this thread has, in the order in which it took them."""

    def __init__(self) -> None:
        self.places: list[Places] = []


_here = _Here()


class Places:
    """A semaphore that is fair: who waits is next, and is not overtaken by who comes later."""

    def __init__(self, number: int, on_free: Callable[[], None] = lambda: None) -> None:
        """*on_free* is called, in whatever thread, when a place has become free that nobody waits for."""
        self._free, self._on_free = number, on_free
        self._lock = Lock()
        self._waiting: deque[Event] = deque()

    def take(self, wait_seconds: float) -> bool:
        """False if none became free in time."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if not wait_seconds:
                return False
            turn = Event()
            self._waiting.append(turn)
        if turn.wait(wait_seconds):
            return True
        with self._lock:
            # It may have come between the end of the wait and here.
            if not turn.is_set():
                self._waiting.remove(turn)
            return turn.is_set()

    @property
    def queue(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def give_back(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
                return
            self._free += 1
        self._on_free()

    def hold(self) -> None:
        """From here on the place that was taken is this thread's."""
        _here.places.append(self)

    def leave(self) -> None:
        """Give this thread's place back, if it has one."""
        if self in _here.places:
            _here.places.remove(self)
            self.give_back()


@contextmanager
def stepping_aside() -> Iterator[None]:
    """Leave this thread's places to others, as long as the block lasts, in which it only waits."""
    places, _here.places = _here.places, []
    for place in places:
        place.give_back()
    try:
        yield
    finally:
        # The last first: whoever has a turn and waits for a place in the admins' share does so for a moment only.
        _here.places = [place for place in reversed(places) if place.take(_BACK_SECONDS)][::-1]


def share_threads(app: Flask, settings: ApiSettings) -> None:
    """Refuse what comes while its share of the threads is busy, from before its body is read until it is answered.

    To be called after the credentials are required: a stranger takes no place.
    """
    webhook = Places(settings.webhook_places)
    admin = Places(settings.api_threads - settings.webhook_places)

    @app.before_request
    def take_place() -> None:
        if request.blueprint == WEBHOOK_ROUTES:
            _take(webhook)
        elif is_admins():
            _take(admin, _ADMIN_WAIT_SECONDS if admin.queue < _ADMINS_WAITING else 0.0)

    @app.teardown_request
    def leave_place(_error: BaseException | None) -> None:
        place: Places | None = g.pop("place", None)
        if place is not None:
            place.leave()


def _take(places: Places, wait_seconds: float = 0.0) -> None:
    if not (places.take(0.0) or (wait_seconds and _wait_for(places, wait_seconds))):
        raise Unavailable("Too much is under way here; nothing was done. Try again.", RETRY_AFTER_SECONDS)
    places.hold()
    g.place = places


def _wait_for(places: Places, seconds: float) -> bool:
    # Meanwhile the other share's requests come to their turn.
    with stepping_aside():
        return places.take(seconds)
