from __future__ import annotations

import json
import re
import uuid

import pytest

from sandbox import running
from sandbox.fleet import seeder
from sandbox.shadows import ShadowStore


def _store(spec: str, seed: int = 0) -> ShadowStore:
    store = ShadowStore(clock=lambda: 1_800_000_000)
    seeder(spec, seed)(store)
    return store


def _documents(store: ShadowStore) -> dict[tuple[str, str], bytes]:
    return {
        (thing, name): store.get(thing, name) for thing in store.counts() for name in store.names(thing, "", 10_000)[0]
    }


@pytest.mark.parametrize("spec", ["demo", "20x5"])
def test_the_same_seed_makes_the_same_fleet_and_another_seed_another(spec: str) -> None:
    assert _documents(_store(spec, 1)) == _documents(_store(spec, 1)) != _documents(_store(spec, 2))


def test_the_demo_fleet_has_a_bridge_with_more_than_a_page_and_a_thing_with_nothing() -> None:
    counts = _store("demo").counts()
    assert len(counts) == 6
    assert sorted(counts.values()) == [0, 3, 3, 3, 3, 137]
    assert all(str(uuid.UUID(thing)) == thing for thing in counts)


def test_demo_shadows_look_like_those_of_matter_devices() -> None:
    documents = {name: json.loads(body)["state"] for (_, name), body in _documents(_store("demo")).items()}
    info = documents["device_info"]["reported"]
    assert str(uuid.UUID(info["uuid"])) == info["uuid"]
    assert info["bridge_uuid"] in _store("demo").counts()
    lock = documents["lock"]
    assert re.fullmatch(r"\d{6}", lock["reported"]["lastCommand"]["pinCode"])
    assert isinstance(lock["reported"]["available"], bool)
    assert any(name.startswith("attribute_1_257_") for name in documents)
    flat = {key for state in documents.values() for key in state["reported"] if "/" in key}
    assert all(re.fullmatch(r"\d+/\d+/\d+", key) for key in flat)


def test_a_bench_fleet_has_its_size_and_documents_of_about_one_and_a_half_kilobytes() -> None:
    store = _store("50x4")
    assert list(store.counts().values()) == [4] * 50
    sizes = [len(body) for body in _documents(store).values()]
    assert 1400 < sum(sizes) / len(sizes) < 1600


def test_the_embedded_sandbox_serves_the_fleet_it_is_asked_for_and_brings_it_back() -> None:
    with running(fleet="3x2", seed=5) as aws:
        before = aws.things()
        assert list(before.values()) == [2, 2, 2]
        thing = next(iter(before))
        aws.delete(thing, "state_0000")
        assert aws.things()[thing] == 1
        aws.reset(shadows=True)
        assert aws.things() == before
