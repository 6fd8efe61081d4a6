"""An event as the topic rule selects it. The PIN must not be seen in anything that the Lambda raises."""

from __future__ import annotations

from typing import Any

PIN = "canary-4711"
EVENT: dict[str, Any] = {
    "thingName": "f728b4fa-4248-4e3a-8a5d-2f346baa9455",
    "shadowName": "lock",
    "version": 4931,
    "reported": {"1/257/0": 1, "pin": PIN},
    "desired": {"1/257/0": 2, "pin": PIN},
    "metadata": {"reported": {"1/257/0": {"timestamp": 1763900000}}},
    "timestamp": 1763900001,
}
NAMES = {name: EVENT[name] for name in ("thingName", "shadowName", "version")}
