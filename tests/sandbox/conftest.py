from __future__ import annotations

from collections.abc import Iterator

import pytest
from mypy_boto3_events import EventBridgeClient
from mypy_boto3_iot import IoTClient
from mypy_boto3_iot_data import IoTDataPlaneClient
from mypy_boto3_lambda import LambdaClient

import sandbox
from tests.sandbox.clients import control_plane_client, events_client, iot_client, lambda_client
from tests.sandbox.receiver import Receiver, receiving


@pytest.fixture(scope="session")
def _served() -> Iterator[sandbox.RunningSandbox]:
    with sandbox.running() as running:
        yield running


@pytest.fixture
def aws(_served: sandbox.RunningSandbox) -> sandbox.RunningSandbox:
    """An empty sandbox with every knob at its default."""
    _served.reset(shadows=True)
    return _served


@pytest.fixture(scope="session")
def iot(_served: sandbox.RunningSandbox) -> Iterator[IoTDataPlaneClient]:
    with iot_client(_served.url) as client:
        yield client


@pytest.fixture(scope="session")
def control_plane(_served: sandbox.RunningSandbox) -> Iterator[IoTClient]:
    with control_plane_client(_served.url) as client:
        yield client


@pytest.fixture(scope="session")
def functions(_served: sandbox.RunningSandbox) -> Iterator[LambdaClient]:
    with lambda_client(_served.url) as client:
        yield client


@pytest.fixture(scope="session")
def events(_served: sandbox.RunningSandbox) -> Iterator[EventBridgeClient]:
    with events_client(_served.url) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
