"""Deterministic fleets of Matter-like Things: `none`, `demo`, or `THINGSxSHADOWS` for a benchmark.

The shape of the shadows is that of https://github.com/spk-alex/documentationai-Docs : `reported` is flat, its keys are
`endpoint/cluster/attribute`. Lock shadows carry made-up PIN codes, because real ones do.
"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable
from typing import Any

from sandbox.documents import JsonObject, stamp
from sandbox.shadows import Shadow, ShadowStore
from sandbox.updates import Content

SEEDED_AT = 1_700_000_000
LARGEST_FLEET = 1_000_000
BRIDGE_SHADOWS = 137
VARIANTS = 16

_SIZE = re.compile(r"([0-9]{1,7})x([0-9]{1,7})")


def seeder(spec: str, seed: int) -> Callable[[ShadowStore], None]:
    """What fills a store with the fleet that `spec` names. ValueError for an unknown one."""
    if spec == "none":
        return lambda _store: None
    if spec == "demo":
        return lambda store: _demo(store, random.Random(seed))
    size = _SIZE.fullmatch(spec)
    if size is None or not 0 < int(size[1]) * int(size[2]) <= LARGEST_FLEET:
        raise ValueError(
            f"{spec!r} is no fleet: say none, demo, or THINGSxSHADOWS such as 100x10 (up to {LARGEST_FLEET:,} shadows)"
        )
    things, shadows = int(size[1]), int(size[2])
    return lambda store: _bench(store, random.Random(seed), things, shadows)


def _demo(store: ShadowStore, dice: random.Random) -> None:
    bridge = _uuid(dice)
    for kinds in (("lock",), ("climate",), ("contact",), ("light",)):
        _device(store, dice, _uuid(dice), bridge, kinds)
    names = ["device_info"]
    while len(names) < BRIDGE_SHADOWS:
        names.append(f"{_KINDS_IN_ORDER[len(names) % len(_KINDS_IN_ORDER)]}_{len(names):03d}")
    for name in names:
        _put(
            store, dice, bridge, name, _info(dice, bridge, bridge) if name == "device_info" else _state(dice, name[:-4])
        )
    store.add_thing(_uuid(dice))


def _device(store: ShadowStore, dice: random.Random, thing: str, bridge: str, kinds: tuple[str, ...]) -> None:
    _put(store, dice, thing, "device_info", _info(dice, thing, bridge))
    for kind in kinds:
        state = _state(dice, kind)
        _put(store, dice, thing, kind, state)
        key = next(key for key in state["reported"] if key != "available")
        patch = {"reported": {key: state["reported"][key]}}
        _put(store, dice, thing, f"attribute_{key.replace('/', '_')}", patch)


def _bench(store: ShadowStore, dice: random.Random, things: int, shadows: int) -> None:
    """Documents of about 1.5 KB as GetThingShadow gives them; a few contents are shared by all, to spare memory."""
    contents = [_content(_large_state(dice)) for _ in range(VARIANTS)]
    for _ in range(things):
        thing = _uuid(dice)
        for number in range(shadows):
            name = f"state_{number:04d}"
            store.add(thing, name, Shadow(dice.choice(contents), dice.randint(1, 5000)))


def _put(store: ShadowStore, dice: random.Random, thing: str, name: str, state: dict[str, JsonObject]) -> None:
    store.add(thing, name, Shadow(_content(state), dice.randint(1, 5000)))


def _content(state: dict[str, JsonObject]) -> Content:
    return Content(state, {section: stamp(value, SEEDED_AT) for section, value in state.items()})


def _uuid(dice: random.Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def _info(dice: random.Random, thing: str, bridge: str) -> dict[str, JsonObject]:
    product = dice.choice(("Door Lock Pro", "Climate Sensor", "Contact Sensor", "Dimmer", "Home Hub"))
    return {
        "reported": {
            "uuid": thing,
            "bridge_uuid": bridge,
            "0/29/0": [22],
            "0/40/1": "Example Devices",
            "0/40/2": 65521,
            "0/40/3": product,
            "0/40/4": dice.randint(32768, 32780),
            "0/40/5": "",
            "0/40/8": "1.0",
            "0/40/10": f"1.{dice.randint(0, 40)}.{dice.randint(0, 9)}+1",
            "0/40/11": f"2025{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}",
            "0/40/14": "n/a",
            "0/40/15": f"SN{dice.randint(0, 10**9):010d}",
            "1/29/0": [dice.choice((10, 21, 256, 770, 775))],
        }
    }


def _lock(dice: random.Random) -> dict[str, JsonObject]:
    pin = f"{dice.randint(0, 999_999):06d}"
    reported: dict[str, Any] = {
        "1/257/0": dice.choice((0, 1, 2)),
        "1/257/17": 10,
        "1/257/18": 10,
        "1/257/23": 8,
        "1/257/27": dice.choice((0, 30, 60)),
        "1/257/28": dice.randint(0, 3),
        "1/257/43": False,
        "1/257/48": 3,
        "1/257/49": 10,
        "1/257/51": True,
        "1/257/65529": [0, 1, 3, 26],
        "1/47/12": dice.randint(20, 200),
        "lastCommand": {"name": "UnlockDoor", "pinCode": pin},
    }
    return {"reported": reported, "desired": {"1/257/0": 1, "1/257/27": 30, "userCode": {"slot": 1, "pinCode": pin}}}


def _sensor(*attributes: str) -> Callable[[random.Random], dict[str, JsonObject]]:
    return lambda dice: {
        "reported": {key: dice.randint(0, 4000) for key in attributes} | {"1/47/12": dice.randint(20, 200)}
    }


_KINDS: dict[str, Callable[[random.Random], dict[str, JsonObject]]] = {
    "lock": _lock,
    "contact": lambda dice: {"reported": {"1/69/0": dice.random() < 0.5, "1/47/12": dice.randint(20, 200)}},
    "climate": _sensor("1/1026/0", "2/1029/0"),
    "light": lambda dice: {
        "reported": {"1/6/0": dice.random() < 0.5, "1/8/0": dice.randint(1, 254), "1/6/65529": [0, 1, 2]},
        "desired": {"1/6/0": True},
    },
    "illuminance": _sensor("1/1024/0"),
    "occupancy": lambda dice: {"reported": {"1/1030/0": dice.randint(0, 1)}},
    "smoke_co": _sensor("1/92/0", "1/92/1", "1/92/2", "1/92/3", "1/92/5"),
}
_KINDS_IN_ORDER = tuple(_KINDS)


def _state(dice: random.Random, kind: str) -> dict[str, JsonObject]:
    state = _KINDS[kind](dice)
    state["reported"]["available"] = dice.random() < 0.9
    return state


def _large_state(dice: random.Random) -> dict[str, JsonObject]:
    state = _state(dice, "lock")
    for attribute in range(4):
        state["reported"][f"1/{dice.choice((257, 47, 40))}/{100 + attribute}"] = dice.randint(0, 4000)
    return state
