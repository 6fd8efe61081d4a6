"""kombu's Redis transport, which hands on to Celery what is fit for it, and logs, counts and drops the rest.

kombu and Celery take what comes for a message of their own, and some of what can come would end the worker, or its
connection.
"""

from base64 import b64decode
from functools import partial
from itertools import count
from typing import Any

import orjson
import structlog
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as of_kombu

from worker.job_request import Lane
from worker.wake_up import UnfitMessageError, rewritten

_LANES = frozenset(lane.value for lane in Lane)
_PARTS = frozenset({"body", "content-type", "content-encoding", "headers", "properties"})
_dropped = count(1)
_log = structlog.get_logger(__name__)


def use_for_redis() -> None:
    """Have kombu use this transport for every redis:// and rediss:// URL of the process."""
    # By the schemes' own names: from them Flower and the log know what kind of broker it is.
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))


class _PubSub(of_kombu.PrefixedRedisPubSub):
    def parse_response(self, *args: Any, **kwargs: Any) -> Any:
        """What was heard; None, as if nothing was, where it is unfit."""
        heard = super().parse_response(*args, **kwargs)
        if heard is None or not heard[0].endswith(b"message"):
            return heard
        *_, channel, message = heard
        return heard if _fit(channel, message) is not None else None


class _Client(of_kombu.PrefixedStrictRedis):
    def pubsub(self, **kwargs: Any) -> _PubSub:
        return _PubSub(self.connection_pool, global_keyprefix=self.global_keyprefix, **kwargs)

    def parse_response(self, connection: Any, command_name: str, **options: Any) -> Any:
        """What the server answers; to BRPOP None, as if no message had come, where the one that came is unfit."""
        answer = super().parse_response(connection, command_name, **options)
        if command_name != "BRPOP" or not answer:
            return answer
        queue, message = answer
        fit = _fit(queue, message)
        return None if fit is None else (queue, fit)


class Channel(of_kombu.Channel):
    def _get_client(self) -> Any:
        return partial(_Client, global_keyprefix=self.global_keyprefix)


class Transport(of_kombu.Transport):
    Channel = Channel


def _fit(queue: bytes, message: bytes) -> bytes | None:
    """What is handed on of a message: None is nothing."""
    name = queue.decode(errors="replace")
    try:
        if name in _LANES:
            return rewritten(message, name)
        _check_form(message)
    except UnfitMessageError as unfit:
        _log.warning("message dropped", reason=str(unfit), queue=name, size=len(message), dropped=next(_dropped))
        return None
    return message


def _check_form(message: bytes) -> None:
    """Whether kombu can take apart what is not for a lane: a question to the workers, an answer, an event.

    Raises:
        UnfitMessageError: it cannot. What it can, but Celery cannot make sense of, Celery itself logs and drops.
    """
    try:
        outer = orjson.loads(message)
        properties, headers = outer["properties"], outer.get("headers") or {}
        delivery = properties.pop("delivery_info", None) or {}
        fit = (
            outer.keys() <= _PARTS
            and all(map(_is_flat, (properties, headers, delivery)))
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


def _is_flat(part: object) -> bool:
    # kombu's JSON makes objects of what has a __type__.
    return (
        isinstance(part, dict)
        and "__type__" not in part
        and all(value is None or isinstance(value, str | int | float) for value in part.values())
    )
