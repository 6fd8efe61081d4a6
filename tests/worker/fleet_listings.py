"""The three listings of Things by the operation that each one asks, and Things for them."""

from collections.abc import Callable, Iterator

import boto3
from botocore.config import Config
from redis import Redis

from sandbox import RunningSandbox
from worker.aws_things import FleetCalls, ThingPage
from worker.call_counts import CallCounts
from worker.pace import Pace

CONFIG = Config(
    connect_timeout=2.0,
    read_timeout=5.0,
    retries={"total_max_attempts": 1, "mode": "standard"},
    parameter_validation=False,
)
RATE = "shadow-sync:pace:iot-control"
Listing = Callable[[str | None], ThingPage]


def fleet_calls(redis: "Redis", config: Config = CONFIG) -> FleetCalls:
    return FleetCalls(boto3.Session(), config, Pace(redis, "iot-control", 1000), CallCounts())


def listings(calls: FleetCalls) -> dict[str, Listing]:
    return {
        "ListThings": calls.everything,
        "ListThingsInThingGroup": lambda token: calls.in_group("fleet", token, recursive=False),
        "SearchIndex": lambda token: calls.matching("thingName:lamp*", token),
    }


OPERATIONS = ["ListThings", "ListThingsInThingGroup", "SearchIndex"]


def pages(listing: Listing) -> Iterator[list[str]]:
    page = listing(None)
    yield page.names
    while page.next_token is not None:
        page = listing(page.next_token)
        yield page.names


def names(listing: Listing) -> list[str]:
    return sorted(name for page in pages(listing) for name in page)


def lamps(sandbox: RunningSandbox, count: int) -> list[str]:
    """Register so many Things, all of them in the group "fleet"."""
    lamps = [f"lamp-{number:03}" for number in range(count)]
    sandbox.register(
        {
            "things": [{"thing_name": lamp} for lamp in lamps],
            "groups": [{"thing_group_name": "fleet", "things": lamps}],
        }
    )
    return lamps
