"""Jobs over many Things on the command line, with the real API, worker, beat and broker, and the sandbox for AWS."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from cli.main import shadow_sync
from sandbox import RunningSandbox, running
from tests.api.door import SHARED_SECRET, running_api, token
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.site import BEAT, WORKER, Site

THINGS = [f"hub-{number:02}" for number in range(12)]
SHADOWS = ("door", "lock")
CONFIRM_ABOVE = 10
KEY = "a-key-without-spaces"
Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def fleet() -> Iterator[RunningSandbox]:
    with running() as sandbox:
        for thing in THINGS:
            sandbox.seed_thing(thing)
            for shadow in SHADOWS:
                sandbox.seed(thing, shadow, {"on": True})
        sandbox.seed_group("house", THINGS[:3])
        sandbox.seed_group("hall", THINGS[3:5], parent="house")
        yield sandbox


@pytest.fixture(scope="module")
def service_url(
    shared_valkey: Valkey, fleet: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with Redis.from_url(shared_valkey.url, socket_timeout=5) as client:
        # Nothing that other tests have left is done here.
        client.flushall()
    above = {"SHADOW_SYNC_CONFIRM_ABOVE": str(CONFIRM_ABOVE)}
    with ExitStack() as exits:
        site = Site(shared_valkey, fleet, tmp_path_factory.mktemp("logs"), exits)
        site.start([*WORKER, "-Q", "interactive,bulk"], **above)
        site.start(BEAT, **above)
        folder = tmp_path_factory.mktemp("api")
        keys = {"SHADOW_SYNC_ADMIN_API_KEYS": f"cli:{sha256(KEY.encode()).hexdigest()}"}
        yield exits.enter_context(running_api(shared_valkey.url, folder, **SHARED_SECRET, **above, **keys)).url


@pytest.fixture
def ask(service_url: str, fleet: RunningSandbox) -> Iterator[Ask]:
    environment = {"SHADOW_SYNC_URL": service_url, "SHADOW_SYNC_API_KEY": KEY, "SHADOW_SYNC_TOKEN": token()}

    def run(*words: str, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(shadow_sync, words, input=stdin, env=environment)

    fleet.reset()
    yield run
    fleet.turn(function_error_for=[])


def report(result: Result) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in result.stdout.splitlines())


def invoked(fleet: RunningSandbox) -> set[tuple[str, str]]:
    return {(row["thingName"], row["shadowName"]) for row in fleet.invocations()}


def test_a_file_is_delivered_listed_and_told_row_by_row(ask: Ask, fleet: RunningSandbox, tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text("thingName\n" + "\n".join([*THINGS[:4], THINGS[0]]) + "\n")
    watched = ask("bulk", str(names), "--watch", "--timeout", "30", "--comment", "as a test: file")
    assert watched.exit_code == 0, watched.output
    told = report(watched)
    assert (told["status"], told["things"], told["shadows"]) == ("succeeded", "4, 4 succeeded", "8, 8 delivered")
    assert told["left out"] == "1 given twice"
    assert invoked(fleet) == {(thing, shadow) for thing in THINGS[:4] for shadow in SHADOWS}
    listed = ask("jobs", "--comment", "TEST: file").stdout.splitlines()
    assert [line.split("\t")[0] for line in listed[1:]] == [told["job"]]
    rows = [json.loads(line) for line in ask("results", told["job"], "--ndjson").stdout.splitlines()]
    assert {(row["thingName"], row["shadowName"], row["status"]) for row in rows} == {
        (thing, shadow, "delivered") for thing in THINGS[:4] for shadow in SHADOWS
    }


def test_what_failed_is_told_and_retried_alone(ask: Ask, fleet: RunningSandbox) -> None:
    fleet.turn(function_error_for=["lock"])
    words = [word for thing in THINGS[:3] for word in ("--thing", thing)]
    watched = ask("bulk", *words, "--watch", "--timeout", "30")
    assert watched.exit_code == 1, watched.output
    assert report(watched)["shadows"] == "6, 3 delivered, 3 failed"
    assert "\nerror\t3 " in watched.stdout
    job_id = report(watched)["job"]
    failed = ask("results", job_id, "--failed").stdout.splitlines()[1:]
    assert sorted(line.split("\t")[:3] for line in failed) == [[thing, "lock", "failed"] for thing in THINGS[:3]]
    fleet.turn(function_error_for=[])
    fleet.reset()
    retried = ask("retry", job_id, "--watch", "--timeout", "30")
    assert retried.exit_code == 0, retried.output
    assert report(retried)["retry of"] == job_id
    assert invoked(fleet) == {(thing, "lock") for thing in THINGS[:3]}
    assert report(ask("status", job_id))["retried by"] == report(retried)["job"]


def test_many_things_wait_for_the_confirmation(ask: Ask, fleet: RunningSandbox) -> None:
    watched = ask("bulk", "--all", "--watch", "--timeout", "30")
    assert watched.exit_code == 1, watched.output
    told = report(watched)
    assert (told["status"], told["things"]) == ("awaiting_confirmation", "12")
    assert fleet.invocations() == []
    assert ask("confirm", told["job"]).exit_code == 0
    assert ask("status", told["job"], "--wait", "--timeout", "30").exit_code == 0
    assert len(invoked(fleet)) == 24


@pytest.mark.parametrize(
    ("words", "things"),
    [
        (["--group", "house"], 5),
        (["--group", "house", "--no-recursive"], 3),
        (["--query", "thingName:hub-0*"], 10),
    ],
    ids=["group", "group-alone", "query"],
)
def test_the_things_of_a_selection_are_found(ask: Ask, words: list[str], things: int) -> None:
    watched = ask("bulk", *words, "--include", "lo*", "--watch", "--timeout", "30")
    assert watched.exit_code == 0, watched.output
    assert report(watched)["shadows"] == f"{things}, {things} delivered"


def test_a_dry_run_sends_nothing(ask: Ask, fleet: RunningSandbox) -> None:
    watched = ask("bulk", "--group", "house", "--dry-run", "--watch", "--timeout", "30")
    assert watched.exit_code == 0, watched.output
    assert report(watched)["status"] == "succeeded (dry run)"
    assert fleet.invocations() == []


def test_a_job_is_paused_resumed_and_cancelled(ask: Ask) -> None:
    job_id = ask("bulk", "--all", "--confirm", "--max-rate", "2").stdout.strip()
    assert ask("pause", job_id).exit_code == 0
    assert report(ask("status", job_id))["status"] == "paused"
    assert ask("resume", job_id).exit_code == 0
    assert ask("cancel", job_id).exit_code == 0
    until(lambda: report(ask("status", job_id))["status"] == "cancelled", what="the job is cancelled")
    again = ask("resume", job_id)
    assert (again.exit_code, "Traceback" in again.output) == (1, False)


def test_bad_lines_of_a_pipe_are_told_by_number_and_nothing_is_started(ask: Ask, fleet: RunningSandbox) -> None:
    result = ask("bulk", "-", stdin=b"hub-01\nnot a name\nhub-02\n\xff\xfe\n")
    assert result.exit_code == 2
    assert "line 2:" in result.stderr
    assert "line 4:" in result.stderr
    assert fleet.invocations() == []
    kept = ask("bulk", "-", "--skip-invalid", "--watch", "--timeout", "30", stdin=b"hub-01\nnot a name\n")
    assert kept.exit_code == 0, kept.output
    assert report(kept)["left out"] == "1 not legal"


def test_an_upload_beyond_the_cap_is_refused_with_2(ask: Ask, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    with names.open("wb") as file:
        file.truncate(101 * 1024 * 1024)
    result = ask("bulk", str(names))
    assert result.exit_code == 2
    assert "(413)" in result.stderr


def test_the_names_in_no_file_start_nothing(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    assert ask("bulk", str(tmp_path / "empty.txt")).exit_code == 2
    assert ask("bulk", "-", stdin=b"\n\n").exit_code == 2


def test_what_there_is_not_exits_with_1(ask: Ask) -> None:
    for words in (["results"], ["pause"], ["retry"], ["confirm"]):
        assert ask(*words, "no-such-job").exit_code == 1
