"""Real boto3 clients without retries, and a plain HTTP request for what boto3 refuses to send."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from mypy_boto3_events import EventBridgeClient
from mypy_boto3_iot import IoTClient
from mypy_boto3_iot_data import IoTDataPlaneClient
from mypy_boto3_lambda import LambdaClient

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iotdata/aws4_request"}
FUNCTION = "shadow_to_eventbridge"

_SESSION = boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name="us-east-1")


def _config(read_timeout: float) -> Config:
    return Config(
        connect_timeout=5, read_timeout=read_timeout, retries={"total_max_attempts": 1}, max_pool_connections=50
    )


@contextmanager
def iot_client(url: str, read_timeout: float = 10) -> Iterator[IoTDataPlaneClient]:
    client = _SESSION.client("iot-data", endpoint_url=url, config=_config(read_timeout))
    try:
        yield client
    finally:
        client.close()


@contextmanager
def control_plane_client(url: str, read_timeout: float = 10) -> Iterator[IoTClient]:
    client = _SESSION.client("iot", endpoint_url=url, config=_config(read_timeout))
    try:
        yield client
    finally:
        client.close()


@contextmanager
def lambda_client(url: str, read_timeout: float = 10) -> Iterator[LambdaClient]:
    client = _SESSION.client("lambda", endpoint_url=url, config=_config(read_timeout))
    try:
        yield client
    finally:
        client.close()


@contextmanager
def events_client(url: str, read_timeout: float = 10) -> Iterator[EventBridgeClient]:
    client = _SESSION.client("events", endpoint_url=url, config=_config(read_timeout))
    try:
        yield client
    finally:
        client.close()


def http_request(
    url: str, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] = SIGNED
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, body."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    try:
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def control(url: str, method: str, target: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON of a request to the sandbox's own API; a body that is not bytes is sent as JSON."""
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    status, _, answer = http_request(url, method, f"/sandbox/{target}", sent, {})
    return status, json.loads(answer)


def document(client: IoTDataPlaneClient, thing: str, shadow: str) -> Any:
    return json.loads(client.get_thing_shadow(thingName=thing, shadowName=shadow)["payload"].read())


def update(client: IoTDataPlaneClient, thing: str, shadow: str, **request: Any) -> Any:
    payload = json.dumps(request).encode()
    return json.loads(client.update_thing_shadow(thingName=thing, shadowName=shadow, payload=payload)["payload"].read())


def parsed(error: ClientError) -> dict[str, Any]:
    """The error with the members that botocore read from the service's own model."""
    return dict(error.response)


def code_and_status(error: ClientError) -> tuple[str, int]:
    return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
