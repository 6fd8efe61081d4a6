"""What the client of SpacetimeDB makes of everything that can go wrong."""

import logging
import traceback
from collections.abc import Callable

import pytest
import urllib3

from sandbox import RunningSandbox
from tests.conftest import free_port
from tests.worker.canned import canned
from tests.worker.spacetimedb_calls import CALLS, CANARY, DATABASE, TOKEN, URL, land
from worker.failures import PermanentError, RetryableError
from worker.spacetimedb import SpacetimeDb
from worker.spacetimedb_errors import (
    SpacetimeDbRejectedError,
    SpacetimeDbSettingsError,
    SpacetimeDbUnavailableError,
)


@CALLS
@pytest.mark.parametrize("fault", ["throttle", "error", "unavailable", "energy", "garbage", "reset", "lost_answer"])
def test_what_passes_by_itself_is_worth_another_attempt(
    sandbox: RunningSandbox,
    database: SpacetimeDb,
    call: Callable[[SpacetimeDb], None],
    operation: str,
    fault: str,
) -> None:
    sandbox.fail_next(operation, fault)
    with pytest.raises(SpacetimeDbUnavailableError) as raised:
        call(database)
    assert isinstance(raised.value, RetryableError)
    assert str(raised.value).startswith("SpacetimeDbUnavailable: ")
    assert raised.value.throttled is (fault == "throttle")
    call(database)


def test_a_reducer_that_throws_is_worth_another_attempt(sandbox: RunningSandbox, database: SpacetimeDb) -> None:
    sandbox.fail_next("CallReducer", "reducer")
    with pytest.raises(SpacetimeDbUnavailableError, match="530"):
        land(database)


def test_spent_energy_says_so_and_asks_for_a_pause(sandbox: RunningSandbox, database: SpacetimeDb) -> None:
    sandbox.fail_next("CallReducer", "energy")
    with pytest.raises(SpacetimeDbUnavailableError, match="energy") as raised:
        land(database)
    assert raised.value.retry_after == 60.0


@CALLS
@pytest.mark.parametrize("fault", ["unauthorized", "denied"])
def test_a_refused_identity_names_the_setting(
    sandbox: RunningSandbox,
    database: SpacetimeDb,
    call: Callable[[SpacetimeDb], None],
    operation: str,
    fault: str,
) -> None:
    sandbox.fail_next(operation, fault)
    with pytest.raises(SpacetimeDbSettingsError, match=TOKEN) as raised:
        call(database)
    assert isinstance(raised.value, PermanentError)


@CALLS
def test_another_database_names_the_setting(
    sandbox: RunningSandbox, call: Callable[[SpacetimeDb], None], operation: str
) -> None:
    with pytest.raises(SpacetimeDbSettingsError, match=DATABASE):
        call(SpacetimeDb(sandbox.url, "other", sandbox.spacetimedb_token))


@CALLS
def test_a_token_of_another_server_names_the_setting(
    sandbox: RunningSandbox, call: Callable[[SpacetimeDb], None], operation: str
) -> None:
    with pytest.raises(SpacetimeDbSettingsError, match=TOKEN):
        call(SpacetimeDb(sandbox.url, "shadows", "invented"))


@CALLS
def test_a_token_that_is_not_the_publishers_names_the_setting(
    sandbox: RunningSandbox, call: Callable[[SpacetimeDb], None], operation: str
) -> None:
    stranger = urllib3.request("POST", f"{sandbox.url}/v1/identity", timeout=5, retries=False).json()["token"]
    with pytest.raises(SpacetimeDbSettingsError, match=f"{TOKEN} be its publisher's"):
        call(SpacetimeDb(sandbox.url, "shadows", stranger))


@CALLS
def test_a_server_that_is_not_spacetimedb_names_the_setting(
    sandbox: RunningSandbox, call: Callable[[SpacetimeDb], None], operation: str
) -> None:
    with pytest.raises(SpacetimeDbSettingsError, match=URL):
        call(SpacetimeDb(f"{sandbox.url}/elsewhere", "shadows", sandbox.spacetimedb_token))


def test_what_the_reducer_cannot_take_is_refused_for_good(database: SpacetimeDb) -> None:
    with pytest.raises(SpacetimeDbRejectedError, match="400"):
        land(database, version=-1)
    with pytest.raises(SpacetimeDbRejectedError, match="413"):
        database.upsert("lock", "config", 1, "x" * 3 * 1024 * 1024, None)


@CALLS
def test_a_server_that_does_not_answer_in_time_is_left(
    sandbox: RunningSandbox, call: Callable[[SpacetimeDb], None], operation: str
) -> None:
    sandbox.turn(spacetimedb_latency_ms=60_000.0)
    with pytest.raises(SpacetimeDbUnavailableError, match="in time"):
        call(SpacetimeDb(sandbox.url, "shadows", sandbox.spacetimedb_token, timeout=0.2))


@CALLS
def test_a_server_that_is_away_is_worth_another_attempt(call: Callable[[SpacetimeDb], None], operation: str) -> None:
    with pytest.raises(SpacetimeDbUnavailableError, match=URL):
        call(SpacetimeDb(f"http://127.0.0.1:{free_port()}", "shadows", "token"))


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [(429, "7", 7.0), (503, "7", 7.0), (429, "86400", 60.0), (429, "soon", 0.0), (402, "5", 5.0)],
)
def test_a_call_is_put_off_as_long_as_asked_but_a_minute_at_most(status: int, header: str, seconds: float) -> None:
    with canned(status, headers={"Retry-After": header}) as server:
        with pytest.raises(SpacetimeDbUnavailableError) as raised:
            land(SpacetimeDb(server.url, "shadows", "token"))
        assert raised.value.retry_after == seconds


@pytest.mark.parametrize(
    "fault", ["throttle", "error", "unavailable", "energy", "garbage", "reset", "unauthorized", "denied", "reducer"]
)
def test_no_failure_and_no_log_holds_the_event_or_the_token(
    sandbox: RunningSandbox, database: SpacetimeDb, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    sandbox.fail_next("CallReducer", fault)
    with caplog.at_level(logging.DEBUG), pytest.raises((RetryableError, PermanentError)) as raised:
        land(database)
    told = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert CANARY not in told
    assert sandbox.spacetimedb_token not in told
