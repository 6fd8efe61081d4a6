"""What must hold when a run is over, by the sandbox's own record and by what is left in Valkey."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from chaos.aws import Delivery
from chaos.client import JOBS, Client
from chaos.load import Accepted, Fleet, Load
from chaos.outcome import Outcome
from chaos.site import POLL_SECONDS, Site

LEFT_SECONDS = 10.0
# What README says a job and an ended shadow take, with room for the audit, the idempotency key, and short jobs.
JOB_BYTES, SHADOW_BYTES, SLACK_BYTES = 4_000, 400, 100_000
# Buffers of connections and of the append-only file.
OVERHEAD_BYTES = 12_000_000
Shadow = tuple[str, str]


def check(site: Site, fleet: Fleet, load: Load, before: tuple[int, int], outcome: Outcome) -> None:
    """Fill in what came of the run. *before*: bytes of the keys, and of Valkey, when it began."""
    problems = outcome.problems
    _nothing_is_left(site, problems)
    record: defaultdict[Shadow, list[Delivery]] = defaultdict(list)
    deliveries, _ = site.aws.deliveries()
    for one in deliveries:
        record[one.thing, one.shadow].append(one)
    client = Client(site.access, random.Random(0), problems)
    for job in load.jobs:
        shadows = [(thing, shadow) for thing in job.things for shadow in fleet.things[thing]]
        outcome.lost += _lost(job, shadows, record, problems)
        outcome.duplicates += sum(max(0, len(record[one]) - 1) for one in shadows)
        outcome.shadows += len(shadows)
        _told_as_it_was(job, shadows, record, client, problems)
    outcome.jobs = len(load.jobs)
    known = {thing for job in load.jobs for thing in job.things} | load.unanswered
    strangers = {thing for thing, _ in record if record[thing, _]} - known
    problems += [f"{thing} was synced, and nobody asked for it" for thing in sorted(strangers)]
    calls = site.aws.invokes()
    # Nobody waited for the answer of these, so they are made again.
    outcome.in_flight += calls.get("abandoned", 0)
    if outcome.duplicates > outcome.in_flight:
        problems.append(f"{outcome.duplicates} duplicates, but {outcome.in_flight} in flight")
    outcome.stall = _longest_stall(load.jobs, deliveries)
    _memory_came_back(site, before, outcome)
    problems += site.bugs()


def _nothing_is_left(site: Site, problems: list[str]) -> None:
    """Wake-ups that have become pointless may take a moment to be looked at."""
    deadline = time.monotonic() + LEFT_SECONDS
    while (left := site.store.left()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    problems += [f"left in Valkey: {line}" for line in left]


def _lost(
    job: Accepted, shadows: Sequence[Shadow], record: Mapping[Shadow, Sequence[Delivery]], problems: list[str]
) -> int:
    lost = 0
    for one in shadows:
        least = job.versions.get(one, 0)
        if not any(found.at >= job.since and found.version >= least for found in record[one]):
            lost += 1
            problems.append(f"LOST {'/'.join(one)} of job {job.job_id}: at version {least} when it was accepted")
    return lost


def _told_as_it_was(
    job: Accepted,
    shadows: Sequence[Shadow],
    record: Mapping[Shadow, Sequence[Delivery]],
    client: Client,
    problems: list[str],
) -> None:
    """What the job tells is what the record says, and what it told when it had ended."""
    now = client.ask("GET", f"{JOBS}/{job.job_id}")
    if job.ended is None or now is None:
        problems.append(f"{job.job_id} cannot be compared with what it was when it had ended")
        return
    changed = [name for name in now if now[name] != job.ended.get(name)]
    problems += [f"{job.job_id} had ended, and changed: {name}" for name in changed]
    counts = now["progress"]["shadows"]
    delivered = sum(1 for one in shadows if record[one])
    expected = {"total": len(shadows), "delivered": delivered, "pending": 0, "running": 0}
    wrong = {name: counts[name] for name in expected if counts[name] != expected[name]}
    if wrong or now["status"] != "succeeded":
        problems.append(f"{job.job_id} {now['status']} tells {wrong}, the record {expected}; {now['errors'][:3]}")
    whole = job.lane == "bulk"
    results = (
        client.results(job.job_id, len(shadows))
        if whole
        else [one | {"thingName": job.things[0]} for one in now["shadows"]]
    )
    told = Counter((one["thingName"], one["shadowName"]) for one in results)
    if told != Counter(shadows):
        problems.append(f"{job.job_id} has results of {len(results)} shadows, once or more often, for {len(shadows)}")
    for one in results:
        ids = {(found.request_id, found.version) for found in record[one["thingName"], one["shadowName"]]}
        if (one["lambdaRequestId"], one["version"]) not in ids:
            problems.append(f"{job.job_id} tells a delivery of {one['shadowName']} that the record does not know")


def _longest_stall(jobs: Sequence[Accepted], deliveries: Sequence[Delivery]) -> float:
    """While there was always a client who waited for a job, for how long nothing was delivered."""
    times = sorted([*(job.since for job in jobs[:1]), *(one.at for one in deliveries)])
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


def _memory_came_back(site: Site, before: tuple[int, int], outcome: Outcome) -> None:
    allowed = outcome.jobs * JOB_BYTES + outcome.shadows * SHADOW_BYTES + SLACK_BYTES
    outcome.grown_bytes = site.store.kept_bytes() - before[0]
    if outcome.grown_bytes > allowed:
        outcome.problems.append(f"the keys grew by {outcome.grown_bytes:,} bytes, above {allowed:,}")
    used = site.store.used_bytes() - before[1] - outcome.grown_bytes
    if used > OVERHEAD_BYTES:
        outcome.problems.append(f"Valkey took {used:,} bytes more than its keys grew")
