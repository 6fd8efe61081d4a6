"""The client of SpacetimeDB against the sandbox's, by its HTTP alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import RunningSandbox
from tests.worker.canned import canned
from tests.worker.spacetimedb_calls import DATABASE, TOKEN, URL, land, read
from tests.worker.trickling import trickling
from worker.settings import SettingsError
from worker.spacetimedb import SpacetimeDb
from worker.spacetimedb_errors import SpacetimeDbSettingsError, SpacetimeDbUnavailableError

SCHEMA = '"schema":{"elements":[{"name":{"some":"shadow_name"}},{"name":{"some":"version"}}]}'
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def test_what_lands_is_read_back_with_its_version(sandbox: RunningSandbox, database: SpacetimeDb) -> None:
    database.upsert("lock", "config", 2**53 + 1, '{"a":1}', None)
    database.upsert("lock", "state", 3, None, '{"b":2}')
    database.upsert("lamp", "state", 4, None, None)
    assert database.rows("lock") == {"config": 2**53 + 1, "state": 3}
    rows = {(row.thing_name, row.shadow_name): (row.reported, row.desired) for row in sandbox.rows()}
    assert rows == {
        ("lock", "config"): ('{"a":1}', None),
        ("lock", "state"): (None, '{"b":2}'),
        ("lamp", "state"): (None, None),
    }


def test_a_thing_without_rows_has_none(database: SpacetimeDb) -> None:
    assert database.rows("nobody") == {}


def test_an_older_version_leaves_the_row_and_is_no_error(database: SpacetimeDb) -> None:
    land(database, 5)
    land(database, 4)
    assert database.rows("lock") == {"config": 5}


def test_a_things_rows_take_one_query(sandbox: RunningSandbox, database: SpacetimeDb) -> None:
    for number in range(150):
        sandbox.put_row("lock", f"shadow-{number}", number)
    assert len(database.rows("lock")) == 150
    assert sandbox.counters()["Sql"]["calls"] == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(thing=TEXT, shadow=TEXT, reported=st.none() | TEXT)
def test_names_and_documents_of_any_characters_arrive_as_they_are(
    sandbox: RunningSandbox, database: SpacetimeDb, thing: str, shadow: str, reported: str | None
) -> None:
    sandbox.reset(shadows=True)
    sandbox.put_row(thing + "'", shadow, 7)
    database.upsert(thing, shadow, 1, reported, None)
    assert database.rows(thing) == {shadow: 1}
    assert [row.reported for row in sandbox.rows(thing)] == [reported]


def test_a_name_that_is_sql_is_only_a_name(sandbox: RunningSandbox, database: SpacetimeDb) -> None:
    sandbox.put_row("lock", "config", 1)
    assert database.rows("x' OR thing_name = 'lock") == {}
    assert database.rows("x'; SELECT id FROM device_named_shadow; '") == {}


def test_calls_that_answer_nothing_keep_their_connection_too() -> None:
    with canned(200) as server:
        database = SpacetimeDb(server.url, "shadows", "token")
        for _ in range(3):
            land(database)
        assert (server.requests, server.connections) == (3, 1)
        database.close()


def test_threads_share_a_client(database: SpacetimeDb) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: database.upsert("lock", f"shadow-{number}", number, None, None), range(100)))
    assert database.rows("lock") == {f"shadow-{number}": number for number in range(100)}


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed_with_the_token(status: int) -> None:
    with canned(200) as elsewhere, canned(status, headers={"Location": elsewhere.url}) as server:
        with pytest.raises(SpacetimeDbSettingsError, match=URL):
            read(SpacetimeDb(server.url, "shadows", "token"))
        assert (server.requests, elsewhere.requests) == (1, 0)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        "[1]",
        '[{"schema":{"elements":[]},"rows":[]}]',
        f"[{SCHEMA}]",
        f'[{{{SCHEMA},"rows":[["config"]]}}]',
        f'[{{{SCHEMA},"rows":[["config","12"]]}}]',
        f'[{{{SCHEMA},"rows":[["config",true]]}}]',
        f'[{{{SCHEMA},"rows":[[["config"],12]]}}]',
        f'[{{{SCHEMA},"rows":[]}},{{{SCHEMA},"rows":[]}}]',
        "[" * 100_000,
    ],
    ids=lambda text: text[-40:],
)
def test_an_answer_that_is_not_of_the_query_is_worth_another_attempt(answer: str) -> None:
    with canned(200, answer.encode()) as server, pytest.raises(SpacetimeDbUnavailableError, match="not SpacetimeDB"):
        read(SpacetimeDb(server.url, "shadows", "token"))


@pytest.mark.parametrize("spelling", ['{"some":"%s"}', '[0,"%s"]'])
def test_columns_are_found_by_name_in_either_spelling_over_a_connection_that_is_kept(spelling: str) -> None:
    names = ",".join(f'{{"name":{spelling % name}}}' for name in ("version", "shadow_name"))
    answer = f'[{{"schema":{{"elements":[{names}]}},"rows":[[18446744073709551615,"config"]]}}]'
    with canned(200, answer.encode()) as server:
        database = SpacetimeDb(server.url, "shadows", "token")
        for _ in range(3):
            assert database.rows("lock") == {"config": 2**64 - 1}
        assert (server.requests, server.connections) == (3, 1)
        database.close()


def test_an_answer_that_trickles_is_left() -> None:
    with (
        canned(200, *[b" "] * 100, pause=0.05) as server,
        pytest.raises(SpacetimeDbUnavailableError, match="in time"),
    ):
        read(SpacetimeDb(server.url, "shadows", "token", timeout=0.3))


@pytest.mark.parametrize("call", [land, read])
def test_headers_that_trickle_are_left(call: Callable[[SpacetimeDb], None]) -> None:
    with trickling() as url, pytest.raises(SpacetimeDbUnavailableError, match="in time"):
        call(SpacetimeDb(url, "shadows", "token", timeout=0.3))


def test_an_answer_without_an_end_is_left() -> None:
    with (
        canned(200, *[b" " * 1024 * 1024] * 9) as server,
        pytest.raises(SpacetimeDbUnavailableError, match="not SpacetimeDB"),
    ):
        read(SpacetimeDb(server.url, "shadows", "token"))


@pytest.mark.parametrize(
    ("url", "name", "token", "setting"),
    [
        ("ftp://host", "shadows", "token", URL),
        ("host:3000", "shadows", "token", URL),
        ("https://user:secret-1@host", "shadows", "token", URL),
        ("https://host?secret-1", "shadows", "token", URL),
        ("", "shadows", "token", URL),
        ("https://host", "a/../b", "token", DATABASE),
        ("https://host", "a b", "token", DATABASE),
        ("https://host", "", "token", DATABASE),
        ("https://host", "shadows", "", TOKEN),
        ("https://host", "shadows", "secret-1\r\nX: y", TOKEN),
    ],
)
def test_a_setting_that_cannot_be_right_ends_the_start_and_is_named_without_its_value(
    url: str, name: str, token: str, setting: str
) -> None:
    with pytest.raises(SettingsError, match=setting) as raised:
        SpacetimeDb(url, name, token)
    assert "secret-1" not in str(raised.value)
