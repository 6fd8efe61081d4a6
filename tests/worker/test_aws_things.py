"""The pages of Things that a selection means, against the sandbox and against moto."""

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from redis import Redis

from sandbox import RunningSandbox
from tests.worker.fleet_listings import CONFIG, OPERATIONS, fleet_calls, lamps, listings, names, pages
from worker.aws_things import FleetCalls, ThingPage
from worker.call_counts import CallCounts
from worker.failures import NotFoundError
from worker.pace import Pace


@pytest.fixture
def calls(aws_environment: RunningSandbox, redis: "Redis") -> FleetCalls:
    return fleet_calls(redis)


@pytest.mark.parametrize(
    ("operation", "sizes"),
    [("ListThings", [250, 3]), ("ListThingsInThingGroup", [250, 3]), ("SearchIndex", [100, 100, 53])],
)
def test_every_thing_is_told_once_in_as_few_pages_as_aws_gives(
    calls: FleetCalls, sandbox: RunningSandbox, operation: str, sizes: list[int]
) -> None:
    expected = lamps(sandbox, 253)

    found = list(pages(listings(calls)[operation]))

    assert sorted(name for page in found for name in page) == expected
    assert [len(page) for page in found] == sizes
    assert sandbox.counters()[operation]["calls"] == len(sizes)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_pages_that_are_short_or_empty_do_not_end_a_listing(
    calls: FleetCalls, sandbox: RunningSandbox, operation: str
) -> None:
    sandbox.seed_thing("first")
    expected = lamps(sandbox, 5)
    sandbox.turn(iot_control_page_examines=1)

    assert set(expected) <= set(names(listings(calls)[operation]))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_things_are_one_empty_page(calls: FleetCalls, sandbox: RunningSandbox, operation: str) -> None:
    sandbox.seed_group("fleet")

    assert listings(calls)[operation](None) == ThingPage([], None)


@pytest.mark.parametrize("token", [None, ""])
def test_the_first_page_is_asked_for_without_a_token(
    aws_environment: RunningSandbox, redis: "Redis", token: str | None
) -> None:
    expected = lamps(aws_environment, 3)
    sent: list[str] = []

    def note(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(f"{request.url} {request.body!r}")

    session = boto3.Session()
    session.events.register("before-send.iot", note)
    calls = FleetCalls(session, CONFIG, Pace(redis, "iot-control", 1000), CallCounts())

    assert [listing(token).names for listing in listings(calls).values()] == [expected] * 3
    assert [request for request in sent if "nextToken" in request] == []
    assert len(sent) == 3


def test_the_things_of_the_groups_below_are_told_only_where_they_are_asked_for(
    calls: FleetCalls, sandbox: RunningSandbox
) -> None:
    for thing in ("pump", "valve"):
        sandbox.seed_thing(thing)
    sandbox.seed_group("house", ["pump"])
    sandbox.seed_group("cellar", ["valve"], parent="house")

    assert calls.in_group("house", None, recursive=False).names == ["pump"]
    assert calls.in_group("house", None, recursive=True).names == ["pump", "valve"]


def test_moto_agrees_on_all_three(moto: str, redis: "Redis") -> None:
    iot = boto3.client("iot")
    iot.create_thing_group(thingGroupName="hall")
    # More than one page of moto's own fifty, and two of ListThings.
    lamps = [f"lamp-{number:03}" for number in range(260)]
    for lamp in [*lamps, "other"]:
        iot.create_thing(thingName=lamp)
    for lamp in lamps[:60]:
        iot.add_thing_to_thing_group(thingGroupName="hall", thingName=lamp)
    iot.close()
    calls = fleet_calls(redis)

    assert names(calls.everything) == [*lamps, "other"]
    assert names(lambda token: calls.in_group("hall", token, recursive=False)) == lamps[:60]
    assert names(lambda token: calls.matching("thingName:lamp-00*", token)) == lamps[:10]
    with pytest.raises(NotFoundError, match=r"^ResourceNotFoundException: "):
        calls.in_group("nothing", None, recursive=False)


def test_threads_share_one_client(aws_environment: RunningSandbox, redis: "Redis") -> None:
    """A client is made in a tenth of a second, and sessions are not made to make two at once."""
    expected = lamps(aws_environment, 3)
    made: list[str] = []

    class Counting(boto3.Session):
        def client(self, service_name: str, *args: object, **kwargs: object) -> object:  # type: ignore[override]
            made.append(service_name)
            return super().client(service_name, *args, **kwargs)  # type: ignore[call-overload]

    calls = FleetCalls(Counting(), CONFIG, Pace(redis, "iot-control", 1000), CallCounts())
    assert made == []
    with ThreadPoolExecutor(4) as four:
        found = list(four.map(lambda _: calls.everything(None).names, range(8)))

    assert found == [expected] * 8
    assert made == ["iot"]
