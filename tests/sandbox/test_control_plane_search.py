from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mypy_boto3_iot import IoTClient

from sandbox import running
from sandbox.fleet_fields import QueryError
from sandbox.fleet_query import parse
from tests.sandbox.clients import control_plane_client
from tests.sandbox.pages import names


@pytest.fixture(scope="module")
def fleet() -> Iterator[IoTClient]:
    """Three Things that no test changes."""
    with running() as aws, control_plane_client(aws.url) as client:
        aws.seed_thing("Pump-1", thing_type="pump", attributes={"site": "north", "size": "75", "fw": "1.2"})
        aws.seed_thing("pump-2", thing_type="pump", attributes={"site": "south", "size": "80", "note": "TO"})
        aws.seed_thing("hub:1", attributes={"size": "9"})
        aws.seed_group("house", ["Pump-1", "hub:1"])
        aws.seed_group("hall", ["pump-2"], parent="house")
        aws.seed("Pump-1", "lock", reported={"battery": 20, "on": True, "label": "Front Door", "deep": {"n": [1, 2]}})
        aws.seed("pump-2", "lock", reported={"battery": 5.5, "on": False}, desired={"on": True})
        aws.seed("pump-2", "$package", reported={"version": "a*b"})
        aws.seed("hub:1", None, reported={"up": True})
        yield client


ONE, TWO, HUB = "Pump-1", "pump-2", "hub:1"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("*", [ONE, HUB, TWO]),
        ("NOT *", []),
        ("thingName:pump-1", [ONE]),
        ("thingName:PUMP*", [ONE, TWO]),
        ("thingName:*1", [ONE, HUB]),
        ("thingName:pump-?", [ONE, TWO]),
        (r"thingName:hub\:1", [HUB]),
        ('thingName:"hub:1"', [HUB]),
        ("thingName:pum", []),
        ("thingName:(pump* AND -pump-2)", [ONE]),
        ("thingName:(pump-1 OR pump-2)", [ONE, TWO]),
        ("thingTypeName:pump", [ONE, TWO]),
        ("thingTypeName:*", [ONE, TWO]),
        ("thingGroupNames:house", [ONE, HUB]),
        ("thingGroupNames:h*", [ONE, HUB, TWO]),
        ("attributes.site:north", [ONE]),
        ("attributes.Site:north", []),
        ("-attributes.site:north", [HUB, TWO]),
        ("NOT NOT attributes.site:north", [ONE]),
        ("attributes.size:75", [ONE]),
        ("attributes.size:[75 TO 80]", [ONE, TWO]),
        ("attributes.size:{75 TO 80]", [TWO]),
        ("attributes.size:[75 TO 80}", [ONE]),
        ("attributes.size:[* TO 75]", [ONE, HUB]),
        ("attributes.size<75", [HUB]),
        ("attributes.size>=75 attributes.size<=75", [ONE]),
        ('attributes.site:["n" TO "o"]', [ONE]),
        ("attributes.note:TO", [TWO]),
        ("attributes.site:north OR attributes.site:south", [ONE, TWO]),
        ("attributes.site:north thingName:pump-2", []),
        ("attributes.site:north OR thingName:hub* AND attributes.size:9", [ONE, HUB]),
        ("(attributes.site:north OR thingName:hub*) AND attributes.size:9", [HUB]),
        ("attributes.size:75 AND attributes.fw<5 NOT attributes.fw>10", [ONE]),
        ("shadow.name.lock.reported.battery:20", [ONE]),
        ("shadow.name.lock.reported.battery: 20.0", [ONE]),
        ("shadow.name.lock.reported.battery<20", [TWO]),
        ("shadow.name.lock.reported.battery>-5", [ONE, TWO]),
        ("shadow.name.lock.reported.on:true", [ONE]),
        ("shadow.name.lock.desired.on:true", [TWO]),
        ("shadow.name.lock.reported.label:door", [ONE]),
        ('shadow.name.lock.reported.label:"front door"', [ONE]),
        ("shadow.name.lock.reported.label:oor", []),
        ("shadow.name.lock.reported.deep.n:2", [ONE]),
        ("shadow.name.lock.reported.deep:*", [ONE]),
        ("shadow.name.lock.hasDelta:true", [TWO]),
        ("shadow.name.none.reported.on:true", []),
        (r"shadow.name.$package.reported.version:a\*b", [TWO]),
        (r"shadow.name.$package.reported.version:\**", []),
        (r"shadow.name.$package.reported.version:a\**", [TWO]),
        ("shadow.reported.up:true", [HUB]),
        ("shadow.hasDelta:false", [HUB]),
    ],
)
def test_a_query_finds_the_things_that_it_says(fleet: IoTClient, query: str, found: list[str]) -> None:
    assert names(fleet.search_index, queryString=query) == found


@pytest.mark.parametrize(
    "query",
    [
        " ",
        "pump",
        "thingName",
        "thingName:",
        "thingName:a:b",
        "thingname:a",
        "attributes.:a",
        "connectivity.connected:true",
        "shadow.name.lock.version:1",
        "shadow.name.lock.reported.1/6/0:1",
        "thingName:a AND",
        "AND thingName:a",
        "(thingName:a",
        "thingName:(attributes.x:1)",
        "attributes.size<7*",
        "attributes.size:[1 TO 2",
        "thingName:/a/",
        "thingName:a~",
        'thingName:"a',
        "thingName:*a OR attributes.site:*b",
        f"thingName:*{'a' * 100}",
        f"thingName:{'a' * 1000}",
        " ".join(["thingName:a"] * 13),
        "-" * 900,
        "(" * 900,
    ],
)
def test_what_is_no_query_of_the_subset_is_an_invalid_query(fleet: IoTClient, query: str) -> None:
    with pytest.raises(fleet.exceptions.InvalidQueryException) as raised:
        fleet.search_index(queryString=query)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "Invalid query: " in raised.value.response["Error"]["Message"]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from([*'thingName:*()-"<[]{} \\', " AND ", " OR ", " NOT ", "attributes.a", "7", "TO"])))
def test_any_text_is_a_query_or_an_invalid_one(parts: list[str]) -> None:
    with suppress(QueryError):
        parse("".join(parts))


@pytest.mark.parametrize("query", ["-" * 899 + "thingName:a", "(" * 400 + "thingName:a" + ")" * 400])
def test_no_nesting_is_too_deep(fleet: IoTClient, query: str) -> None:
    assert len(names(fleet.search_index, queryString=query)) in (0, 3)


def test_a_found_thing_is_shown_with_its_groups_attributes_and_shadows(fleet: IoTClient) -> None:
    thing = fleet.search_index(queryString="thingName:pump-2")["things"][0]
    assert (thing["thingName"], thing["thingTypeName"], thing["thingGroupNames"]) == ("pump-2", "pump", ["hall"])
    assert thing["attributes"] == {"site": "south", "size": "80", "note": "TO"}
    shadow = json.loads(thing["shadow"])["name"]["lock"]
    assert (shadow["reported"], shadow["desired"]) == ({"battery": 5.5, "on": False}, {"on": True})
    assert (shadow["hasDelta"], shadow["version"]) == (True, 1)
    classic = json.loads(fleet.search_index(queryString="thingName:hub*")["things"][0]["shadow"])
    assert (classic["reported"], classic["hasDelta"], classic["name"]) == ({"up": True}, False, {})
