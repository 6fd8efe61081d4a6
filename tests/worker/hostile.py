"""Messages that nobody of ours has written, as whoever can write to Redis could put them into a queue."""

import json
import pickle
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

from worker.wake_up import SELECT_THINGS, SYNC_SHADOW, SYNC_THING

JOB = "0123456789abcdef" * 2
TASK_ID = "6f1c9f0e-6e3f-4c38-8d7e-1f1c0d3b5a77"
QUOTED = "quoted-4711"
HEADERS = {"lang": "py", "task": SYNC_THING, "id": TASK_ID, "root_id": TASK_ID}
PROPERTIES = {
    "correlation_id": TASK_ID,
    "delivery_info": {"exchange": "", "routing_key": "interactive"},
    "delivery_tag": TASK_ID,
    "body_encoding": "base64",
}


class Touch:
    """Unpickled, it makes the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self._path,)


def coded(body: bytes) -> str:
    return b64encode(body).decode()


def whole(**parts: Any) -> bytes:
    """A wake-up for a job that there is not, but for these parts; underscores in their names stand for hyphens."""
    fit = {
        "body": coded(json.dumps(((JOB, QUOTED), {}, {})).encode()),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": HEADERS,
        "properties": PROPERTIES,
    }
    return json.dumps(fit | {name.replace("_", "-"): part for name, part in parts.items()}).encode()


def task(name: object, *args: object) -> bytes:
    return whole(headers=HEADERS | {"task": name}, body=coded(json.dumps((args, {}, {})).encode()))


def unfit(touched: Path) -> dict[str, tuple[bytes, str]]:
    """By what is wrong with them, each with the reason that the log is to give. *touched*: the file that one of them
    would make, were it unpickled.
    """
    pickled = {"content_encoding": "binary", "body": coded(pickle.dumps(Touch(touched)))}
    names = {"too long": "x" * 129, "not one": "", "slash": "../lock", "line": "lock\n", "dot": ".", "null": "lock\0"}
    return {
        "nothing": (b"", "not JSON"),
        "no JSON": (b"{" + QUOTED.encode(), "not JSON"),
        "no UTF-8": (b'"\xff\xfe"', "not JSON"),
        "nested too deeply": (b"[" * 8000 + b"]" * 8000, "not JSON"),
        "a list": (b"[]", "not Celery's"),
        "null": (b"null", "not Celery's"),
        "nothing in it": (b"{}", "not Celery's"),
        "headers that are a list": (whole(headers=[SYNC_THING]), "not Celery's"),
        "10 MB": (task(SYNC_THING, JOB, "x" * 10_000_000), "too large"),
        "a pickle": (whole(content_type="application/x-python-serialize", **pickled), "content other than JSON"),
        "a pickle said to be JSON": (whole(**pickled), "body not JSON"),
        "YAML": (whole(content_type="application/x-yaml"), "content other than JSON"),
        "a content type that is none": (whole(content_type=[1]), "content other than JSON"),
        "something compressed": (
            whole(headers=HEADERS | {"compression": "application/x-gzip"}, body=coded(zlib.compress(bytes(100_000)))),
            "body not JSON",
        ),
        "a body that is a number": (whole(body=7), "body not JSON"),
        "a body that is not base64": (whole(body="lock!"), "body not base64"),
        "an unknown task": (task("os.system", QUOTED), "unknown task"),
        "one of Celery's own tasks": (task("celery.backend_cleanup"), "unknown task"),
        "a task that is a list": (task([SYNC_THING], JOB, QUOTED), "unknown task"),
        "an id with a line in it": (whole(headers=HEADERS | {"id": "1\n2"}), "not Celery's"),
        "too few arguments": (task(SYNC_SHADOW, JOB, QUOTED), "wrong number of arguments"),
        "too many arguments": (task(SELECT_THINGS, JOB, QUOTED), "wrong number of arguments"),
        "arguments by name": (whole(body=coded(b'[{"job_id": 1}, {}, {}]')), "wrong number of arguments"),
        "an argument that is a number": (task(SYNC_THING, JOB, 7), "not ids and names"),
        "an argument that is an object": (task(SYNC_THING, {"a": JOB}, QUOTED), "not ids and names"),
        "a job's id that is a path": (task(SYNC_THING, "../" + JOB[3:], QUOTED), "not ids and names"),
        "another key's id": (task(SYNC_THING, f"{JOB}:waiting", QUOTED), "not ids and names"),
        **{
            f"a name: {what}": (task(SYNC_SHADOW, JOB, "lock", name), "not ids and names")
            for what, name in names.items()
        },
    }


# Celery obeys these. What they ask for must not happen, and the work that they name is all that is taken of them.
OBEYED: dict[str, dict[str, Any]] = {
    "a time to wait for": {"eta": "2999-01-01T00:00:00Z"},
    "a time to end at": {"expires": "2000-01-01T00:00:00Z"},
    "a time that is none": {"eta": {"__type__": "datetime", "__value__": "never"}},
    "a limit that is none": {"timelimit": "now"},
    "stamps that are a number": {"stamped_headers": 7, "stamps": 7},
}


def spoken() -> dict[str, bytes]:
    """What is no question to the workers, although it is asked where they listen for them."""
    question = coded(json.dumps({"method": "ping", "destination": None}).encode())
    heard = {"headers": {}, "body": question}
    return {
        "nothing": b"",
        "no JSON": b"{" + QUOTED.encode(),
        "nested too deeply": b"[" * 50_000 + b"]" * 50_000,
        "a list": b"[1]",
        "nothing in it": b"{}",
        "properties that are a list": whole(properties=[]),
        "no tag": whole(**heard, properties=PROPERTIES | {"delivery_tag": [1]}),
        "a body that is not base64": whole(**heard | {"body": "lock!"}),
        "a body that is a number": whole(**heard | {"body": 7}),
        "an encoding that there is not": whole(**heard, properties=PROPERTIES | {"body_encoding": "rot13"}),
        "headers that are a list": whole(**heard | {"headers": [1]}),
        "something compressed": whole(**heard | {"headers": {"compression": "application/x-gzip"}}),
        "a type that there is not": whole(**heard | {"headers": {"__type__": "uuid", "__value__": QUOTED}}),
    }
