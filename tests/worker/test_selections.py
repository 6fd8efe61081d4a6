"""Which Things a job is about: found page by page, each once, whatever goes wrong on the way."""

from collections import Counter

import pytest

from sandbox import RunningSandbox
from tests.worker.crew import Crew
from worker.job import JobStatus, Outcome, ShadowStatus
from worker.job_request import SelectionKind

NOTHING = Outcome(status=ShadowStatus.PENDING)


def fleet(sandbox: RunningSandbox, number: int) -> list[str]:
    names = [f"lamp-{one:03}" for one in range(number)]
    for name in names:
        sandbox.seed(name, "config", {"on": True})
    return names


def synced(sandbox: RunningSandbox) -> Counter[str]:
    return Counter(one["thingName"] for one in sandbox.invocations())


def test_all_things_are_found_over_several_pages_and_synced_once(crew: Crew, sandbox: RunningSandbox) -> None:
    names = fleet(sandbox, 23)
    sandbox.turn(iot_control_page_examines=5)

    job = crew.finish(crew.start(SelectionKind.ALL))

    assert (job.status, job.things["succeeded"], job.shadow_counts["delivered"]) == (JobStatus.SUCCEEDED, 23, 23)
    assert synced(sandbox) == Counter(names)
    assert sandbox.counters()["ListThings"]["calls"] == 5


def test_the_things_of_a_group_are_found_with_those_of_its_child_groups_or_without(
    crew: Crew, sandbox: RunningSandbox
) -> None:
    first, second, *_ = fleet(sandbox, 4)
    sandbox.seed_group("house", [first])
    sandbox.seed_group("hall", [first, second], parent="house")

    alone = crew.finish(crew.start(SelectionKind.GROUP, "house"))
    together = crew.finish(crew.start(SelectionKind.GROUP, "house", recursive=True))

    assert (alone.things["total"], together.things["total"]) == (1, 2)
    assert synced(sandbox) == Counter({first: 2, second: 1})


def test_what_fleet_indexing_finds_is_synced(crew: Crew, sandbox: RunningSandbox) -> None:
    fleet(sandbox, 12)

    job = crew.finish(crew.start(SelectionKind.QUERY, "thingName:lamp-00*"))

    assert (job.status, job.things["succeeded"]) == (JobStatus.SUCCEEDED, 10)


def test_names_of_the_request_are_synced_once_each(crew: Crew, sandbox: RunningSandbox) -> None:
    names = fleet(sandbox, 7)

    job = crew.finish(crew.start_with([*names, *names[:3]]))

    assert (job.things["total"], job.status) == (7, JobStatus.SUCCEEDED)
    assert synced(sandbox) == Counter(names)


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        (SelectionKind.QUERY, "((", "InvalidQueryException: "),
        (SelectionKind.GROUP, "nowhere", "ResourceNotFoundException: "),
        (SelectionKind.GROUP, "..", "InvalidThingGroupName: "),
        (SelectionKind.QUERY, "thingName:nobody", "NoThingsError: "),
    ],
    ids=["a query that AWS refuses", "a group that does not exist", "no name of a group", "nothing is found"],
)
def test_what_cannot_be_found_ends_the_job_with_the_reason(
    crew: Crew, sandbox: RunningSandbox, kind: SelectionKind, value: str, error: str
) -> None:
    fleet(sandbox, 1)

    job = crew.finish(crew.start(kind, value))

    assert (job.status, job.success) == (JobStatus.FAILED, False)
    assert job.errors[0].startswith(error)
    assert sandbox.invocations() == []


def test_an_index_that_is_not_ready_is_waited_for(crew: Crew, sandbox: RunningSandbox) -> None:
    fleet(sandbox, 3)
    sandbox.fail_next("SearchIndex", "index_not_ready", times=5)

    job = crew.finish(crew.start(SelectionKind.QUERY, "*"))

    assert (job.status, job.things["succeeded"]) == (JobStatus.SUCCEEDED, 3)


def test_a_listing_that_is_throttled_halfway_goes_on_where_it_was(crew: Crew, sandbox: RunningSandbox) -> None:
    names = fleet(sandbox, 20)
    sandbox.turn(iot_control_page_examines=5)
    sandbox.fail_next("ListThings", "throttle", after=2, times=2)

    job = crew.finish(crew.start(SelectionKind.ALL))

    assert (job.status, synced(sandbox)) == (JobStatus.SUCCEEDED, Counter(names))
    counts = sandbox.counters()["ListThings"]
    assert (counts["ok"], counts["throttled"]) == (4, 2)


def test_a_listing_that_fails_for_good_ends_the_job_and_nothing_is_synced(crew: Crew, sandbox: RunningSandbox) -> None:
    fleet(sandbox, 20)
    sandbox.turn(iot_control_page_examines=5)
    sandbox.fail_next("ListThings", "denied", after=2, times=9)

    job = crew.finish(crew.start(SelectionKind.ALL))

    assert (job.status, job.things["cancelled"], job.errors[0][:22]) == (JobStatus.FAILED, 10, "AccessDeniedException:")
    assert sandbox.invocations() == []


def test_a_worker_that_dies_while_it_looks_is_followed_by_one_that_goes_on(crew: Crew, sandbox: RunningSandbox) -> None:
    names = fleet(sandbox, 20)
    sandbox.turn(iot_control_page_examines=5)
    job_id = crew.start(SelectionKind.ALL)
    dead = crew.store.lease(crew.queue.works[crew.job(job_id).lane].popleft())
    assert dead
    assert crew.store.add_things(dead, names[:5], next_page="")

    job = crew.finish(job_id)

    assert (job.status, job.things["total"], synced(sandbox)) == (JobStatus.SUCCEEDED, 20, Counter(names))
    assert not crew.store.add_things(dead, ["late"], next_page="")
    assert not crew.store.end_selection(dead)


def test_a_token_that_aws_takes_no_longer_starts_the_listing_again(crew: Crew, sandbox: RunningSandbox) -> None:
    names = fleet(sandbox, 12)
    sandbox.turn(iot_control_page_examines=5)
    job_id = crew.start(SelectionKind.ALL)
    before = crew.store.lease(crew.queue.works[crew.job(job_id).lane].popleft())
    assert before
    crew.store.add_things(before, names[:5], next_page="expired")
    crew.store.retry(before, delay=0, charge=False, outcome=NOTHING)

    job = crew.finish(job_id)

    assert (job.status, job.things["total"], synced(sandbox)) == (JobStatus.SUCCEEDED, 12, Counter(names))


def test_a_thing_without_named_shadows_is_a_failure_only_where_it_was_named(
    crew: Crew, sandbox: RunningSandbox
) -> None:
    names = fleet(sandbox, 2)
    sandbox.add_thing("new")

    found = crew.finish(crew.start(SelectionKind.ALL))
    named = crew.finish(crew.start_with([*names, "new"]))

    assert (found.status, found.things["succeeded"], found.errors) == (JobStatus.SUCCEEDED, 3, ())
    assert (named.status, named.things["failed"]) == (JobStatus.PARTIAL, 1)
