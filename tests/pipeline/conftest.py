from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from tests.operations.deployment import ROOT
from tests.pipeline.eventbridge import EventBridge, eventbridge

SOURCE = ROOT / "pipeline" / "shadow_to_eventbridge.py"
BUS = "shadow-updates"
ENVIRONMENT: dict[str, str | None] = {
    "AWS_PROFILE": None,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "EVENT_BUS_NAME": BUS,
    "PARTNER_ID": None,
}


@contextmanager
def loaded(url: str, **environment: str | None) -> Iterator[Any]:
    """The Lambda's file, as Lambda loads it: anew, and in an environment of its own. AWS is at *url*.

    A variable that is None is not set.
    """
    specification = importlib.util.spec_from_file_location(SOURCE.stem, SOURCE)
    assert specification
    assert specification.loader
    module: ModuleType = importlib.util.module_from_spec(specification)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": url, **environment}.items():
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        specification.loader.exec_module(module)
    try:
        yield module
    finally:
        module.events.close()


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[EventBridge, Any]]:
    with eventbridge() as server, loaded(server.url) as function:
        yield server, function


@pytest.fixture
def bus(served: tuple[EventBridge, Any]) -> EventBridge:
    server, _ = served
    server.forget()
    return server


@pytest.fixture
def function(bus: EventBridge, served: tuple[EventBridge, Any]) -> Any:
    """The loaded Lambda, whose EventBridge is *bus*."""
    return served[1]
