"""The last release and this tree on one Valkey: whichever begins, the other goes on; nothing is lost or sent twice."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.api.bulk_jobs import JSON, accepted, retry, select, steer, upload
from tests.conftest import Valkey
from tests.releases.side_by_side import LAST, SHADOWS, THIS, SideBySide, side_by_side
from tests.releases.versions import ROOT, kept_release
from tests.waiting import until

both_ways = pytest.mark.parametrize(("first", "second"), [(LAST, THIS), (THIS, LAST)], ids=["upgrade", "going back"])
THINGS = 40
# One more than a job may have that begins without a confirmation.
MANY = 1001


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SideBySide]:
    valkey = Valkey(tmp_path_factory.mktemp("valkey"))
    valkey.start()
    with side_by_side(valkey, tmp_path_factory.mktemp("versions")) as site:
        yield site
    valkey.kill()


@pytest.fixture
def exits() -> Iterator[ExitStack]:
    with ExitStack() as exits:
        yield exits


def test_the_release_kept_here_is_the_last_one_and_its_processes_run_its_own_code(
    site: SideBySide, exits: ExitStack
) -> None:
    own = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    released = re.findall(r"^## (\S+) \(\d", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert kept_release()[0] == next(version for version in released if version != own), "make last-release"
    for version in site.versions.values():
        assert version.imported("worker", exits).parents[1] == version.folder


@both_ways
def test_jobs_go_on_while_the_workers_of_one_version_take_over_from_those_of_the_other(
    site: SideBySide, exits: ExitStack, first: str, second: str
) -> None:
    prefix = f"while-{first}-"
    lands, alone, *many = names = [f"{prefix}{number:02}" for number in range(THINGS + 2)]
    site.seed(names)
    site.sandbox.turn(lambda_latency_ms=500, function_error_for=[])
    leaving, begun = site.versions[first].worker(exits), site.doors[first]
    site.versions[first].beat(exits)
    jobs = [accepted(select(begun, {"things": many}))]
    jobs.append(accepted(begun.ask("POST", f"/admin/shadow-sync/{lands}", headers=JSON, body='{"verify": true}')))
    until(lambda: site.sent(prefix, by=[first]), what="the one works")

    joining = site.versions[second].worker(exits)
    until(lambda: site.sent(prefix, by=[second]), what="the other works beside it")
    jobs.append(accepted(site.doors[second].sync(alone)))
    assert leaving.terminate() == 0
    left_by_then = site.sent(prefix, by=[first])
    assert site.told(second, jobs[0])["status"] == "running"
    for shadow in SHADOWS:
        site.sandbox.put_row(lands, shadow, 1)
    site.sandbox.turn(lambda_latency_ms=0)

    ended = [site.ended(job_id) for job_id in jobs]
    assert [job["status"] for job in ended] == ["succeeded"] * 3
    assert [job["progress"]["shadows"]["delivered"] for job in ended] == [THINGS * 3, 3, 3]
    assert ended[1]["progress"]["shadows"]["landed"] == 3
    assert site.sent(prefix) == Counter((name, shadow) for name in names for shadow in SHADOWS)
    assert site.sent(prefix, by=[first]) == left_by_then
    site.assert_nothing_is_left()
    assert joining.terminate() == 0


@both_ways
def test_what_one_version_was_asked_for_the_other_tells_steers_and_does(
    site: SideBySide, exits: ExitStack, first: str, second: str
) -> None:
    prefix = f"asked-{first}-"
    one, two, three, broken, paused, compared = names = [f"{prefix}{number}" for number in range(6)]
    site.seed(names)
    site.sandbox.put_row(compared, "door", 1)
    site.sandbox.turn(lambda_latency_ms=0, function_error_for=["yard"])
    asked, other, key = site.doors[first], site.doors[second], f"{first} asked"
    wanted = {"shadows": {"include": ["d*", "h*"], "exclude": ["hall"]}, "maxShadowsPerSecond": 50, "comment": "both"}
    listed = {"things": [two], "tolerance": {"failedPercent": 50, "minimum": 9}, **wanted}

    jobs = {
        one: accepted(asked.sync(one, Idempotency_Key=f"{key} one")),
        two: accepted(select(asked, listed, Idempotency_Key=f"{key} two")),
        three: accepted(upload(asked, three.encode(), query="ignoreWhere=true&include=door")),
        broken: accepted(select(asked, {"things": [broken]})),
        paused: accepted(select(asked, {"things": [paused], "dryRun": True})),
        compared: accepted(asked.ask("POST", f"/admin/shadow-drift/{compared}")),
        "many": accepted(select(asked, {"things": [f"{prefix}never-{number}" for number in range(MANY)]})),
    }
    assert steer(asked, jobs[paused], "pause").status == 200

    assert accepted(other.sync(one, Idempotency_Key=f"{key} one")) == jobs[one]
    assert accepted(select(other, listed, Idempotency_Key=f"{key} two")) == jobs[two]
    for job_id in jobs.values():
        site.assert_told_alike(job_id)
    assert site.told(second, jobs["many"])["status"] == "awaiting_confirmation"
    assert steer(other, jobs["many"], "cancel").status == 200
    assert steer(other, jobs[paused], "resume").status == 202

    site.versions[second].worker(exits)
    # What it fails at and puts off, the other version wakes it for.
    site.versions[first].beat(exits)
    ended = {name: site.ended(job_id) for name, job_id in jobs.items()}
    site.sandbox.turn(function_error_for=[])
    again = site.ended(accepted(retry(asked, jobs[broken])))

    assert {name: (job["status"], job["progress"]["shadows"]["delivered"]) for name, job in ended.items()} == {
        one: ("partial", 2),
        two: ("succeeded", 1),
        three: ("succeeded", 1),
        broken: ("partial", 2),
        paused: ("succeeded", 3),
        compared: ("succeeded", 0),
        "many": ("cancelled", 0),
    }
    assert ended[compared]["drift"] == {"equal": 1, "missing": 2, "stale": 0, "orphaned": 0, "ahead": 0}
    assert (again["status"], again["retryOf"], again["progress"]["shadows"]["total"]) == ("succeeded", jobs[broken], 1)
    delivered = {one: SHADOWS[:2], two: SHADOWS[:1], three: SHADOWS[:1], broken: SHADOWS}
    assert site.sent(prefix) == Counter((name, shadow) for name in delivered for shadow in delivered[name])
    site.assert_nothing_is_left()
