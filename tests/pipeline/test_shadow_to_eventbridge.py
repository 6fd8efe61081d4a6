from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.pipeline.conftest import BUS, loaded
from tests.pipeline.event import EVENT, NAMES
from tests.pipeline.eventbridge import EventBridge, eventbridge


def test_an_update_becomes_one_entry_on_the_bus_and_the_caller_gets_its_id(function: Any, bus: EventBridge) -> None:
    assert function.handler(EVENT, None) == {"eventId": "event-1"}

    [request] = bus.requests
    assert list(request) == ["Entries"]
    assert bus.entry.keys() == {"Source", "DetailType", "Detail", "EventBusName"}
    assert bus.entry["Source"] == "spk.iot.shadow"
    assert bus.entry["DetailType"] == "Shadow Update"
    assert bus.entry["EventBusName"] == BUS
    detail = bus.detail
    assert {name: detail.pop(name) for name in ("thingName", "shadowName", "partnerId", "version")} == {
        "thingName": "f728b4fa-4248-4e3a-8a5d-2f346baa9455",
        "shadowName": "lock",
        "partnerId": None,
        "version": 4931,
    }
    assert {name: json.loads(text) for name, text in detail.items()} == {
        "reportedState": EVENT["reported"],
        "desiredState": EVENT["desired"],
        "deltaState": {"1/257/0": 2},
        "metadata": EVENT["metadata"],
    }


def test_what_the_shadow_does_not_have_is_null(function: Any, bus: EventBridge) -> None:
    function.handler(NAMES, None)

    assert {name: bus.detail[name] for name in ("reportedState", "desiredState", "deltaState", "metadata")} == {
        "reportedState": None,
        "desiredState": None,
        "deltaState": None,
        "metadata": None,
    }


def test_integers_keep_every_digit_decimals_their_point_and_text_every_character(
    function: Any, bus: EventBridge
) -> None:
    sent = r'{"big":123456789012345678901234567890,"one":1.0,"small":1e-07,"text":"caf\u00e9 \ud800 \"quoted\""}'
    function.handler({**NAMES, "reported": json.loads(sent)}, None)

    assert bus.detail["reportedState"] == sent


def test_the_partner_of_the_environment_is_in_every_event() -> None:
    with eventbridge() as bus, loaded(bus.url, PARTNER_ID="partner-7") as function:
        function.handler(NAMES, None)
        assert bus.detail["partnerId"] == "partner-7"


def test_an_empty_partner_is_none_as_the_template_can_only_leave_it_empty() -> None:
    with eventbridge() as bus, loaded(bus.url, PARTNER_ID="") as function:
        function.handler(NAMES, None)
        assert bus.detail["partnerId"] is None


def test_without_the_name_of_a_bus_the_function_does_not_load() -> None:
    with pytest.raises(KeyError, match="EVENT_BUS_NAME"), loaded("http://127.0.0.1:9", EVENT_BUS_NAME=None):
        pass


def test_invocations_share_one_connection(function: Any, bus: EventBridge) -> None:
    function.handler(EVENT, None)
    before = bus.connections
    function.handler(EVENT, None)

    assert len(bus.requests) == 2
    assert bus.connections == before


def test_motos_eventbridge_takes_the_entry_and_a_rule_on_source_and_type_delivers_it() -> None:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        session = boto3.Session("key", "secret", region_name="us-east-1")
        events = session.client("events", endpoint_url=url)
        queues: Any = session.client("sqs", endpoint_url=url)
        queue = queues.create_queue(QueueName="delivered")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.create_event_bus(Name=BUS)
        pattern = {"source": ["spk.iot.shadow"], "detail-type": ["Shadow Update"]}
        events.put_rule(Name="webhook", EventBusName=BUS, EventPattern=json.dumps(pattern))
        events.put_targets(Rule="webhook", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])

        with loaded(url) as function:
            event_id = function.handler(EVENT, None)["eventId"]

        [message] = queues.receive_message(QueueUrl=queue)["Messages"]
        envelope = json.loads(message["Body"])
        assert envelope["id"] == event_id
        assert envelope["detail"]["deltaState"] == '{"1/257/0":2}'
        events.close()
        queues.close()
    finally:
        server.stop()
