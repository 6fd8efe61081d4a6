"""The message that wakes a worker, as Celery's protocol has it, and what is taken of one.

Whoever can write to Redis can put anything into a queue. So of a message is read which work it is to wake for, by rules
that are ours alone, and nothing else: no option of Celery's, such as a time to wait for or a task to be run afterwards.
"""

import re
from base64 import b64decode, b64encode
from typing import Any

import orjson

SELECT_THINGS = "worker.tasks.select_things"
SYNC_THING = "worker.tasks.sync_thing"
SYNC_SHADOW = "worker.tasks.sync_shadow"
RECONCILE = "worker.tasks.reconcile"

# Ours have about a thousand.
LARGEST_BYTES = 16_384
_ARGUMENTS = {RECONCILE: 0, SELECT_THINGS: 1, SYNC_THING: 2, SYNC_SHADOW: 3}
_JOB_ID = re.compile(r"[0-9a-f]{32}")
# Wider than AWS's own rules: what AWS has listed must not be left undone. But a slash parts the names in the due set,
# and a lone dot is the Thing itself in its record.
_NAME = re.compile(r"(?!\.\Z)[^/\x00-\x1f\x7f]{1,128}")
_TASK_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class UnfitMessageError(Exception):
    """Something that is no wake-up. Its text is one of a few, and quotes nothing."""


def message(task: str, task_id: str, args: list[str], queue: str, *, sent_at: float | None = None) -> dict[str, Any]:
    """As it lies in kombu's queue, but for the JSON around it. *sent_at*: seconds since the epoch; of the oldest that
    waits the metrics tell the age.

    https://docs.celeryq.dev/en/latest/internals/protocol.html#version-2
    """
    whole = _around(task, task_id, args, queue)
    whole["body"] = b64encode(_body(args)).decode()
    if sent_at is not None:
        whole["properties"]["timestamp"] = sent_at
    return whole


def rewritten(queued: bytes, queue: str) -> dict[str, Any]:
    """A message as it lay in *queue*, made anew from the work that it wakes for. Its body is plain bytes, and it has
    one part more than others have: ``unpacked``, what the body says.

    Raises:
        UnfitMessageError: it is no wake-up.
    """
    task, task_id, args = _read(queued)
    return _around(task, task_id, args, queue) | {"body": _body(args), "unpacked": (args, {}, {})}


def _body(args: list[str]) -> bytes:
    return orjson.dumps((args, {}, {}))


def _around(task: str, task_id: str, args: list[str], queue: str) -> dict[str, Any]:
    return {
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {
            "lang": "py",
            "task": task,
            "id": task_id,
            "root_id": task_id,
            "parent_id": None,
            "group": None,
            "argsrepr": repr(args),
            "kwargsrepr": "{}",
        },
        "properties": {
            "body_encoding": "base64",
            "correlation_id": task_id,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "delivery_mode": 2,
            "delivery_tag": task_id,
            "priority": 0,
        },
    }


def _read(queued: bytes) -> tuple[str, str, list[str]]:
    if len(queued) > LARGEST_BYTES:
        raise UnfitMessageError("too large")
    outer = _json(queued, "not JSON")
    if not isinstance(outer, dict) or not isinstance(outer.get("headers"), dict):
        raise UnfitMessageError("not Celery's")
    if outer.get("content-type") != "application/json":
        raise UnfitMessageError("content other than JSON")
    task, task_id = outer["headers"].get("task"), outer["headers"].get("id")
    if not isinstance(task, str) or task not in _ARGUMENTS:
        raise UnfitMessageError("unknown task")
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        raise UnfitMessageError("not Celery's")
    return task, task_id, _arguments(task, outer.get("body"))


def _arguments(task: str, body: object) -> list[str]:
    try:
        inner = _json(b64decode(body if isinstance(body, str) else "", validate=True), "body not JSON")
    except ValueError:
        raise UnfitMessageError("body not base64") from None
    args = inner[0] if isinstance(inner, list) and inner else None
    if not isinstance(args, list) or len(args) != _ARGUMENTS[task]:
        raise UnfitMessageError("wrong number of arguments")
    if not all(
        isinstance(arg, str) and form.fullmatch(arg) for arg, form in zip(args, (_JOB_ID, _NAME, _NAME), strict=False)
    ):
        raise UnfitMessageError("not ids and names")
    return args


def _json(text: bytes, otherwise: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise UnfitMessageError(otherwise) from None
