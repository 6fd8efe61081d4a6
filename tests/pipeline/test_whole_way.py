"""From the admin's POST to the row, over HTTP all the way, while much of it goes wrong."""

from collections.abc import Iterator

import pytest

from sandbox import Fault
from tests.pipeline.whole_way import WholeWay, whole_way
from tests.waiting import until

THINGS = ("hub-1", "lock-1", "lamp-1")
SHADOWS = [f"shadow_{number}" for number in range(24)]
SHARE = 0.2
# What is reset has had its effect, and the caller does not know.
BAD = {f"{service}_error_rate": SHARE / 2 for service in ("iot", "lambda", "events", "spacetimedb")}
BAD |= {f"{service}_reset_rate": SHARE / 2 for service in ("iot", "lambda", "events", "spacetimedb")}
BAD |= {"events_entry_error_rate": SHARE, "delivery_duplicate_rate": SHARE, "delivery_reorder_rate": SHARE}


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeWay]:
    with whole_way(tmp_path_factory.mktemp("whole-way")) as way:
        yield way


def seed(way: WholeWay, round_: int) -> None:
    for thing in THINGS:
        for number, name in enumerate(SHADOWS):
            way.sandbox.seed(thing, name, {"1/257/0": number, "round": round_}, {"1/257/0": 1})


def came_too_late(way: WholeWay) -> set[tuple[str, str]]:
    """The shadows of which an older version was delivered after a newer one."""
    newest: dict[tuple[str, str], int] = {}
    late = set()
    for attempt in way.sandbox.deliveries():
        if attempt["outcome"] == "delivered":
            shadow, version = (attempt["thingName"], attempt["shadowName"]), attempt["version"]
            if version < newest.get(shadow, 0):
                late.add(shadow)
            newest[shadow] = max(version, newest.get(shadow, 0))
    return late


def test_every_row_is_right_in_the_end_although_a_fifth_of_all_goes_wrong_at_each_hop(way: WholeWay) -> None:
    way.fresh(**BAD, reset_after_work=True)
    # A query is for a whole Thing, so that there are too few of them to leave it to chance.
    way.sandbox.fail_next("Sql", Fault.UNAVAILABLE, times=3)
    # Nothing gets through until events of two versions are on their way, and one older one comes last for certain.
    way.network.share, way.network.overtaken = 1.0, (THINGS[0], SHADOWS[0])
    seed(way, 1)
    first = [way.start(thing, verify=True) for thing in THINGS]
    until(lambda: way.sandbox.events(THINGS[0], SHADOWS[0]), what="an event of the first version is on its way")
    seed(way, 2)
    second = [way.start(thing, verify=True) for thing in THINGS]
    until(lambda: way.sandbox.events()[-1]["version"] == 2, what="an event of the second version is on its way")
    way.network.share = SHARE
    jobs = [way.ended(job_id) for job_id in (*first, *second)]
    way.calm()

    for job in jobs:
        assert job["success"], [shadow for shadow in job["shadows"] if shadow["error"]]
        assert [shadow["landed"] for shadow in job["shadows"]] == [True] * len(SHADOWS)
    for thing in THINGS:
        assert way.rows(thing) == way.shadows(thing, SHADOWS)
    checks = [way.ended(way.start(thing, "drift")) for thing in THINGS]
    assert [check["drift"]["equal"] for check in checks] == [len(SHADOWS)] * len(THINGS)

    calls = way.sandbox.counters()
    for call in ("GetThingShadow", "Invoke", "PutEvents", "CallReducer", "Sql"):
        assert calls[call]["calls"] > calls[call]["ok"], call
    assert way.network.seen["lost"]
    assert way.network.seen["unanswered"]
    assert way.sandbox.dead_letters() == []
    assert (THINGS[0], SHADOWS[0]) in came_too_late(way)


def test_what_got_lost_on_its_way_is_found_by_a_check_and_mended_by_a_sync_of_no_more_than_that(way: WholeWay) -> None:
    way.fresh(delivery_drop_rate=0.5)
    seed(way, 1)
    for thing in THINGS:
        assert way.ended(way.start(thing, verify=False))["success"]
    way.calm()

    check = way.ended(way.start("hub-1", "drift"))
    assert 0 < check["drift"]["missing"] < len(SHADOWS)

    for thing in THINGS:
        missing = [name for name in SHADOWS if name not in way.rows(thing)]
        job = way.ended(way.start(thing, onlyDrifted=True, verify=True))
        assert job["success"]
        assert [shadow["shadowName"] for shadow in job["shadows"] if shadow["status"] == "delivered"] == sorted(missing)
        assert way.rows(thing) == way.shadows(thing, SHADOWS)
