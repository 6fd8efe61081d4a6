"""kombu's Redis transport, which hands on to Celery what is fit for it, and logs, counts and drops the rest.

kombu and Celery take what comes for a message of their own, and some of what can come would end the worker, or its
connection.
"""

from base64 import b64decode
from functools import partial
from itertools import count
from queue import Empty
from time import monotonic
from typing import Any

import orjson
import structlog
from celery.utils.dispatch import Signal
from kombu.serialization import registry  # type: ignore[attr-defined]
from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.transport import redis as of_kombu
from kombu.utils import json

from worker.job_request import Lane
from worker.wake_up import UnfitMessageError, rewritten

_LANES = frozenset(lane.value for lane in Lane)
_PARTS = frozenset({"body", "content-type", "content-encoding", "headers", "properties"})
_AT_ONCE = 8
_dropped = count(1)
_log = structlog.get_logger(__name__)
message_dropped = Signal(name="message_dropped")
"""Sent with the *queue*, or channel, of each message that was not handed on."""


def use_for_redis() -> None:
    """Have kombu use this transport for every redis:// and rediss:// URL of the process."""
    # kombu's own reader makes objects of what has a __type__, and takes five times as long.
    registry.register("json", json.dumps, orjson.loads, "application/json", "utf-8")
    # By the schemes' own names: from them Flower and the log know what kind of broker it is.
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))


class _PubSub(of_kombu.PrefixedRedisPubSub):
    def parse_response(self, *args: Any, **kwargs: Any) -> Any:
        """What was heard; None, as if nothing was, where it is unfit."""
        heard = super().parse_response(*args, **kwargs)
        if heard is None or not heard[0].endswith(b"message"):
            return heard
        *_, channel, message = heard
        return heard if _fit(channel.decode(errors="replace"), message) is not None else None


class _Client(of_kombu.PrefixedStrictRedis):
    def pubsub(self, **kwargs: Any) -> _PubSub:
        return _PubSub(self.connection_pool, global_keyprefix=self.global_keyprefix, **kwargs)


class Message(virtual.Message):
    """One that is told what its body says need not read it again."""

    def __init__(self, payload: dict[str, Any], channel: Any = None, **kwargs: Any) -> None:
        super().__init__(payload, channel, **kwargs)
        self._decoded_cache = payload.get("unpacked")


class Channel(of_kombu.Channel):
    """Takes several messages at a time, where kombu takes one."""

    Message = Message

    # Of kombu, and missing in its stubs.
    _queue_cycle: Any
    _flush_brpop_reauth: Any
    connection_errors: Any

    def decode_body(self, body: str | bytes, encoding: str | None = None) -> Any:
        # Of a message that was made anew here it is plain already.
        return body if isinstance(body, bytes) else super().decode_body(body, encoding)

    def _get_client(self) -> Any:
        return partial(_Client, global_keyprefix=self.global_keyprefix)

    def _brpop_start(self, timeout: float | None = None) -> None:
        limit, room = self.qos.prefetch_count, self.qos.can_consume_max_estimate()
        # Each look costs as much as what it brings: until there is room for several, the loop asks here again.
        if room is not None and room < min(_AT_ONCE, limit):
            return
        queues = self._queue_cycle.consume(len(self.active_queues))
        if not queues:
            return
        connection = self.client.connection
        self._in_poll, self._brpop_sent_at = connection, monotonic()
        keys = [f"{self.global_keyprefix}{queue}" for queue in queues]
        seconds = (self.brpop_timeout if timeout is None else timeout) or 0
        most = _AT_ONCE if room is None else min(room, _AT_ONCE)
        connection.send_command("BLMPOP", seconds, len(keys), *keys, "RIGHT", "COUNT", most)

    def _brpop_read(self, **_: Any) -> bool:
        try:
            try:
                answer = self.client.parse_response(self.client.connection, "BLMPOP")
            except self.connection_errors:
                # The next turn of the loop connects anew.
                self.client.connection.disconnect()
                raise
            if not answer:
                raise Empty
            key, messages = answer
            queue = key.decode(errors="replace").removeprefix(self.global_keyprefix)
            self._queue_cycle.rotate(queue)
            for message in messages:
                fit = _fit(queue, message)
                if fit is not None:
                    self.connection._deliver(fit, queue)
            return True
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()


class Transport(of_kombu.Transport):
    Channel = Channel


def _fit(queue: str, message: bytes) -> dict[str, Any] | None:
    """What is handed on of a message, taken apart: None is nothing."""
    try:
        return rewritten(message, queue) if queue in _LANES else _in_form(message)
    except UnfitMessageError as unfit:
        _log.warning("message dropped", reason=str(unfit), queue=queue, size=len(message), dropped=next(_dropped))
        message_dropped.send(sender=None, queue=queue)
        return None


def _in_form(message: bytes) -> dict[str, Any]:
    """What kombu makes of something that is not for a lane: a question to the workers, an answer, an event.

    Raises:
        UnfitMessageError: it cannot. What it can, but Celery cannot make sense of, Celery itself logs and drops.
    """
    try:
        outer = orjson.loads(message)
        properties, headers = outer["properties"], outer.get("headers") or {}
        delivery = properties.get("delivery_info") or {}
        rest = {name: value for name, value in properties.items() if name != "delivery_info"}
        fit = (
            outer.keys() <= _PARTS
            and all(map(_is_flat, (rest, headers, delivery)))
            and isinstance(properties["delivery_tag"], str)
            and properties.get("body_encoding") == "base64"
            # It can unpack to more than there is memory.
            and "compression" not in headers
        )
        b64decode(outer["body"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError):
        fit = False
    if not fit:
        raise UnfitMessageError("not kombu's")
    return dict(outer)


def _is_flat(part: object) -> bool:
    # kombu's JSON makes objects of what has a __type__.
    return (
        isinstance(part, dict)
        and "__type__" not in part
        and all(value is None or isinstance(value, str | int | float) for value in part.values())
    )
