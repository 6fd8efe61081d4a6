"""How the threads are shared between the webhook and the admins' routes, so that neither can use up the other's."""

from collections import deque
from threading import Event, Lock

from flask import Flask, g, request

from api.auth import WEBHOOK_ROUTES, is_admins
from api.errors import Unavailable
from api.settings import ApiSettings

RETRY_AFTER_SECONDS = 1
# An admin's requests come in bursts and are soon done. EventBridge's need not wait here: it tries again by itself.
_ADMIN_WAIT_SECONDS = 0.25


class Places:
    """A semaphore that is fair: who waits is next, and is not overtaken by who comes later."""

    def __init__(self, number: int) -> None:
        self._free = number
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

    def give_back(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


def share_threads(app: Flask, settings: ApiSettings) -> None:
    """Refuse what comes while its share of the threads is busy, from before its body is read until it is answered.

    To be called after the credentials are required: a stranger takes no place.
    """
    webhook = Places(settings.webhook_places)
    admin = Places(settings.api_threads - settings.webhook_places)

    @app.before_request
    def take_place() -> None:
        if request.blueprint == WEBHOOK_ROUTES:
            _take(webhook, 0.0)
        elif is_admins():
            _take(admin, _ADMIN_WAIT_SECONDS)

    @app.teardown_request
    def leave_place(_error: BaseException | None) -> None:
        place: Places | None = g.pop("place", None)
        if place is not None:
            place.give_back()


def _take(places: Places, wait_seconds: float) -> None:
    if not places.take(wait_seconds):
        raise Unavailable("Too much is under way here; nothing was done. Try again.", RETRY_AFTER_SECONDS)
    g.place = places
