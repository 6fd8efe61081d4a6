"""The stack with small processes in the place of the real parts."""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pytest

from cli.credentials import key_entry
from cli.interrupts import InterruptedBySignal, Interrupts
from cli.part import Part, PartFailedError
from cli.product import procfile
from cli.stack import Stack
from cli.surroundings import Login, for_the_landing, for_the_product, free_ports
from cli.table import Table
from tests.waiting import until

FOREVER = "import time\nwhile True: time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n{FOREVER}"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Interrupts() as interrupts, Stack(tmp_path, interrupts, grace=0.5) as stack:
        stack.wave()
        yield stack


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def printed_something(part: Part) -> bool:
    return any(part.lines())


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"


def test_a_part_that_ends_is_reported_with_name_exit_code_and_last_lines(stack: Stack) -> None:
    code = "import sys; [print('line', n, flush=True) for n in range(30)]; sys.exit('\\x1b[2Jno such setting')"
    part = stack.start("api", python(code), os.environ)
    with pytest.raises(PartFailedError) as failed:
        stack.wait_for(part, lambda: False)
    first, *lines = failed.value.message.splitlines()
    assert first == "the part 'api' ended with exit code 1. Its last lines:"
    assert lines[-1] == "  [2Jno such setting"
    assert lines[-2] == "  line 29"
    assert "  line 5" not in lines


def test_a_part_that_another_waits_for_is_not_waited_for_when_it_is_a_third_that_ends(stack: Stack) -> None:
    stack.start("beat", python("import sys; sys.exit(3)"), os.environ)
    waited_for = stack.start("api", python(FOREVER), os.environ)
    with pytest.raises(PartFailedError, match="'beat' ended with exit code 3"):
        stack.wait_for(waited_for, lambda: False)


def test_a_part_that_never_becomes_ready_is_reported_after_its_time(stack: Stack) -> None:
    part = stack.start("flower", python(f"print('still thinking', flush=True)\n{FOREVER}"), os.environ)
    until(partial(printed_something, part))
    with pytest.raises(PartFailedError, match=r"(?s)'flower' was not ready within 0\.1 s.*still thinking"):
        stack.wait_for(part, lambda: False, seconds=0.1)


def test_a_part_that_does_not_listen_is_killed_with_the_processes_it_started(stack: Stack) -> None:
    code = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {FOREVER!r}]).pid)\n{STUBBORN}"
    part = stack.start("worker", python(code), os.environ)
    until(lambda: "deaf" in list(part.lines()))
    grandchild = int(next(part.lines()))
    stack.stop()
    assert not part.running
    until(lambda: not alive(grandchild))


def test_what_was_started_later_is_stopped_before_what_it_needs(stack: Stack, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, time\n"
        "def end(*_): time.sleep(0.2); open(sys.argv[1], 'a').write(sys.argv[2]); os._exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('set', flush=True)\n"
        f"{FOREVER}"
    )
    for name in ("valkey", "api"):
        stack.wave()
        part = stack.start(name, [*python(code), str(tmp_path / "order"), f"{name} "], os.environ)
        until(partial(printed_something, part))
    stack.stop()
    assert (tmp_path / "order").read_text() == "api valkey "


def test_all_is_stopped_even_if_somebody_has_removed_the_temporary_folder(stack: Stack) -> None:
    parts = [stack.start(name, python(FOREVER), os.environ) for name in ("api", "worker")]
    shutil.rmtree(stack.folder)
    stack.stop()
    assert not any(part.running for part in parts)


def test_the_logs_are_kept_after_a_failure_and_their_place_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with suppress(PartFailedError), Interrupts() as interrupts, Stack(tmp_path, interrupts) as stack:
        stack.wave()
        stack.wait_for(stack.start("api", python("print('why')"), os.environ), lambda: False)
    assert str(stack.folder) in capsys.readouterr().err
    assert (stack.folder / "api.log").read_text() == "why\n"
    shutil.rmtree(stack.folder)


def start_something(interrupts: Interrupts, number: int, reached: list[str]) -> None:
    with interrupts.held():
        os.kill(os.getpid(), number)
        reached.append("the end of the start")
    reached.append("too far")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_put_off_while_a_part_is_being_started_and_then_raised_once(number: signal.Signals) -> None:
    with Interrupts() as interrupts:
        reached: list[str] = []
        with pytest.raises(InterruptedBySignal) as interrupted:
            start_something(interrupts, number, reached)
        assert interrupted.value.exit_code == 128 + number
        assert reached == ["the end of the start"]
        os.kill(os.getpid(), number)
        interrupts.check()


def test_ports_are_all_different_and_none_that_a_connection_is_given() -> None:
    ports = free_ports(20)

    assert len(set(ports)) == 20
    assert max(ports) < 32_768


def test_a_port_that_is_taken_is_not_chosen() -> None:
    # So many that some of them would be among the others by chance.
    taken = free_ports(400)
    with ExitStack() as exits:
        for port in taken:
            exits.enter_context(socket.create_server(("127.0.0.1", port)))

        assert not set(free_ports(250)) & set(taken)


def test_nothing_that_is_started_can_reach_a_real_aws_account_or_inherits_who_may_come_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "SHADOW_SYNC_JWKS_URL"):
        monkeypatch.setenv(name, "from-the-person's-own-shell")
    found = for_the_product(Login(), redis_url="redis://r", aws_url="http://sandbox", api_port=1, flower_port=2)
    assert "from-the-person's-own-shell" not in found.values()
    aws = {name: value for name, value in found.items() if name.startswith("AWS_ENDPOINT_URL")}
    services = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IOT_DATA_PLANE", "AWS_ENDPOINT_URL_LAMBDA")
    assert aws == dict.fromkeys(services, "http://sandbox")
    assert found["AWS_CONFIG_FILE"] == found["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_what_is_measured_waits_for_no_rows_whatever_the_persons_own_shell_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SPACETIMEDB_URL", "SPACETIMEDB_DATABASE", "SPACETIMEDB_TOKEN", "VERIFY", "WEBHOOK_KEYS"):
        monkeypatch.setenv(f"SHADOW_SYNC_{name}", "from-the-person's-own-shell")
    found = for_the_product(Login(), redis_url="redis://r", aws_url="http://sandbox", api_port=1, flower_port=2)
    assert not [name for name in found if "SPACETIMEDB" in name or "VERIFY" in name or "WEBHOOK" in name]


def test_the_webhook_takes_a_key_of_its_own_which_no_representation_shows() -> None:
    login, table = Login(), Table("http://sandbox", "shadows", "the-token")
    found = for_the_landing(login, table)
    assert found["SHADOW_SYNC_WEBHOOK_KEYS"] == key_entry("eventbridge", login.webhook_key)
    assert login.webhook_key != login.api_key
    assert login.webhook_key not in repr(login)
    assert "the-token" not in repr(table)


def test_the_procfile_names_the_five_processes() -> None:
    assert list(procfile()) == ["api", "worker", "bulk", "beat", "flower"]
