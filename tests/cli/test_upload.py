"""Names from a file, or from a pipe: streamed, with options in the query, and sent again where that can be."""

import os
import tracemalloc
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from cli.failures import FailureError
from cli.upload import Upload
from tests.cli.bulk_jobs import bulk_job, telling
from tests.cli.conftest import Command
from tests.cli.service import Canned, Service, error
from tests.cli.test_bulk import OPTIONS

QUEUED = telling(bulk_job("queued"), 202)
NAMES = b"".join(b"hub-%d\n" % number for number in range(20_000))


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.txt"
    path.write_bytes(NAMES)
    return path


def test_a_file_arrives_whole_with_its_length(service: Service, command: Command, names: Path) -> None:
    service.canned.append(QUEUED)
    assert command("bulk", str(names)).exit_code == 0
    [request] = service.seen
    assert request.body == NAMES
    assert request.headers["Content-Length"] == str(len(NAMES))
    assert request.headers["Content-Type"] == "text/plain"


def test_standard_input_arrives_whole_in_chunks(service: Service, command: Command) -> None:
    service.canned.append(QUEUED)
    assert command("bulk", "-", stdin=NAMES).exit_code == 0
    [request] = service.seen
    assert request.body == NAMES
    assert request.headers["Transfer-Encoding"] == "chunked"


@pytest.mark.parametrize(
    ("name", "words", "kind"),
    [
        ("n.csv", [], "text/csv"),
        ("n.CSV", [], "text/csv"),
        ("n.ndjson", [], "application/x-ndjson"),
        ("n.jsonl", [], "application/x-ndjson"),
        ("n", [], "text/plain"),
        ("n.txt", ["--csv"], "text/csv"),
        ("n.csv", ["--ndjson"], "application/x-ndjson"),
        ("n.csv", ["--text"], "text/plain"),
    ],
)
def test_the_kind_goes_by_the_suffix_unless_it_is_given(
    service: Service, command: Command, tmp_path: Path, name: str, words: list[str], kind: str
) -> None:
    (tmp_path / name).write_bytes(b"hub-1\n")
    service.canned.append(QUEUED)
    command("bulk", str(tmp_path / name), *words)
    assert service.seen[0].headers["Content-Type"] == kind


def test_every_option_arrives_in_the_query(service: Service, command: Command, names: Path) -> None:
    service.canned.append(QUEUED)
    command("bulk", str(names), *OPTIONS)
    assert sorted(parse_qsl(urlsplit(service.seen[0].path).query)) == [
        ("comment", "after the outage & all"),
        ("confirm", "true"),
        ("dryRun", "true"),
        ("exclude", "x*"),
        ("failedPercent", "5.5"),
        ("ignoreWhere", "true"),
        ("include", "door"),
        ("include", "lock*"),
        ("maxShadowsPerSecond", "150.0"),
        ("minimum", "100"),
        ("onlyDrifted", "true"),
        ("skipInvalid", "true"),
        ("verify", "false"),
    ]


@pytest.mark.parametrize("trouble", [Canned(dropped=True), error(503, "Not now.")], ids=["dropped", "503"])
def test_a_file_is_sent_again_whole_after_trouble_and_makes_one_job(
    service: Service, command: Command, names: Path, trouble: Canned
) -> None:
    service.canned.extend([trouble, QUEUED])
    assert command("bulk", str(names)).exit_code == 0
    assert [request.body for request in service.seen] == [NAMES, NAMES]
    assert service.jobs_made() == 1


def test_standard_input_is_not_sent_again_and_the_message_says_what_to_do(service: Service, command: Command) -> None:
    service.canned.extend([Canned(dropped=True), QUEUED])
    result = command("bulk", "-", stdin=NAMES)
    assert result.exit_code == 4
    assert len(service.seen) == 1
    assert "shadow-sync jobs" in result.stderr
    assert "in a file" in result.stderr


def test_the_first_name_of_a_pipe_is_there_before_the_service_is_asked_for_patience() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"hub-1\n")
    with os.fdopen(reading, "rb") as pipe:
        upload = Upload.of(pipe, None)
        assert upload.first == b"hub-1\n"
        os.write(writing, b"hub-2\n")
        os.close(writing)
        assert list(upload.chunks()) == [b"hub-1\n", b"hub-2\n"]


def test_a_file_that_becomes_shorter_while_it_is_sent_is_told(names: Path) -> None:
    with names.open("rb") as file:
        upload = Upload.of(file, None)
        chunks = upload.chunks()
        next(chunks)
        os.truncate(names, 20_000)
        with pytest.raises(FailureError, match="shorter"):
            list(chunks)


def test_what_is_appended_while_a_file_is_sent_is_not_sent(names: Path) -> None:
    with names.open("rb") as file:
        upload = Upload.of(file, None)
        chunks = upload.chunks()
        sent = next(chunks)
        with names.open("ab") as more:
            more.write(b"late\n")
        assert sent + b"".join(chunks) == NAMES


def test_no_more_of_a_file_is_in_memory_than_a_chunk(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with path.open("rb") as file:
        upload = Upload.of(file, None)
        tracemalloc.start()
        assert sum(map(len, upload.chunks())) == 50_000_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 500_000
