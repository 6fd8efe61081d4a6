"""The short form of ``make chaos``: a few faults with fixed seeds on one set of processes."""

from collections.abc import Iterator

import pytest

from chaos.load import Fleet
from chaos.run import prepare, run
from chaos.site import Site
from chaos.start import running
from cli.interrupts import Interrupts


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Interrupts() as interrupts, running(interrupts, things=300, workers=2, seed=1) as site:
        yield site


@pytest.fixture(scope="module")
def fleet(site: Site) -> Fleet:
    return prepare(site)


@pytest.mark.parametrize(
    ("fault", "seed"), [("worker-killed", 1), ("api-parent-killed", 2), ("valkey-killed", 3), ("replies-cut", 4)]
)
def test_nothing_that_was_accepted_is_lost(site: Site, fleet: Fleet, fault: str, seed: int) -> None:
    outcome = run(site, fleet, fault, seed)

    assert outcome.problems == []
    assert outcome.lost == 0
    assert outcome.shadows > 0
    assert outcome.duplicates <= outcome.in_flight
