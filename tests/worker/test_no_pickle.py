"""What is read is data: neither we, nor Celery for us, make objects of what others have sent."""

import json
import pickle
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import ContentDisallowed
from kombu.serialization import loads
from redis import Redis

from tests.operations.test_imports import ROOMS, files, imports
from tests.worker.hostile import HEADERS, JOB, PROPERTIES, Touch
from worker.broker import make_celery
from worker.settings import Settings
from worker.wake_up import SYNC_SHADOW, SYNC_THING, UnfitMessageError, rewritten

MAKERS_OF_OBJECTS = {
    "pickle",
    "_pickle",
    "cPickle",
    "cloudpickle",
    "dill",
    "jsonpickle",
    "joblib",
    "marshal",
    "shelve",
    "yaml",
}
NAMES = st.text() | st.sampled_from([JOB, "lock", ".", "a/b", SYNC_THING])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("room", [*ROOMS, "bench", "chaos", "pipeline"])
def test_no_room_imports_what_makes_objects_of_bytes(room: str) -> None:
    for path in files(room):
        assert not {name.split(".")[0] for name in imports(path)} & MAKERS_OF_OBJECTS, path.name


def test_celery_writes_json_and_reads_nothing_else(settings: Settings) -> None:
    app = make_celery(settings)
    try:
        written = {name: app.conf[name] for name in app.conf if name.endswith("_serializer")}
        assert set(written.values()) == {"json"}, written
        assert {"task_serializer", "result_serializer", "event_serializer"} <= written.keys()
        assert app.conf.accept_content == app.conf.result_accept_content == ["json"]
        assert app.control.mailbox.accept == ["json"]  # type: ignore[attr-defined]
        assert app.conf.result_backend is None
    finally:
        app.close()


@pytest.mark.parametrize(
    "content_type", ["application/x-python-serialize", "application/x-yaml", "application/x-msgpack"]
)
def test_celery_itself_refuses_a_pickle(settings: Settings, tmp_path: Path, content_type: str) -> None:
    """Were it ever asked to read one: what workers take from their queues it does not see."""
    app = make_celery(settings)

    with pytest.raises(ContentDisallowed):
        loads(pickle.dumps(Touch(tmp_path / "touched")), content_type, "binary", accept=app.conf.accept_content)

    assert list(tmp_path.iterdir()) == []
    app.close()


@given(st.binary() | JSON.map(dumped))
def test_what_is_no_wake_up_is_unfit(message: bytes) -> None:
    with pytest.raises(UnfitMessageError) as unfit:
        rewritten(message, "bulk")

    assert len(str(unfit.value)) < 40


@given(JSON, st.dictionaries(NAMES, JSON), st.dictionaries(NAMES, JSON))
def test_what_is_handed_on_holds_ids_and_names_and_nothing_else(
    embedded: Any, headers: dict[str, Any], properties: dict[str, Any]
) -> None:
    body = b64encode(dumped([[JOB, "lock", "front"], {"kwarg": embedded}, embedded])).decode()
    whole = {
        "body": body,
        "content-type": "application/json",
        "headers": {**headers, **HEADERS, "task": SYNC_SHADOW},
        "properties": {**properties, **PROPERTIES},
        "further": embedded,
    }

    handed_on = rewritten(dumped(whole), "bulk")

    clean = rewritten(dumped(whole | {"headers": HEADERS | {"task": SYNC_SHADOW}}), "bulk")
    assert handed_on == clean
    assert set(handed_on["headers"]) == {
        "lang",
        "task",
        "id",
        "root_id",
        "parent_id",
        "group",
        "argsrepr",
        "kwargsrepr",
    }


def test_a_wake_up_of_ours_passes_unchanged_where_it_matters(redis: "Redis", settings: Settings) -> None:
    app = make_celery(settings)
    app.send_task(SYNC_SHADOW, args=[JOB, "lock", "$front:1_a-b"])
    [sent] = [json.loads(message) for message in redis.lrange("shadow-sync:interactive", 0, -1)]

    taken = rewritten(dumped(sent), "interactive")

    assert {name: sent["headers"][name] for name in taken["headers"]} | {"argsrepr": ""} == taken["headers"] | {
        "argsrepr": ""
    }
    assert taken["properties"]["correlation_id"] == sent["properties"]["correlation_id"]
    app.close()
