"""What SpacetimeDB answers, translated once into failures. Its own words are dropped: they can quote the event."""

from collections.abc import Mapping

from worker.failures import PermanentError, RetryableError
from worker.settings import PREFIX

URL = f"{PREFIX}SPACETIMEDB_URL"
DATABASE = f"{PREFIX}SPACETIMEDB_DATABASE"
TOKEN = f"{PREFIX}SPACETIMEDB_TOKEN"
REDUCER = "upsert_device_named_shadow"
TABLE = "device_named_shadow"

# What the reducer throws at whoever is not its publisher, in pipeline/spacetimedb.
_NOT_THE_PUBLISHER = b"not the publisher of this module"
_LONGEST_PAUSE = 60.0


class SpacetimeDbUnavailableError(RetryableError):
    """It did not answer, or cannot serve now: connection, time-out, 402, 429, 5xx, or an answer that is not its own."""


class SpacetimeDbSettingsError(PermanentError):
    """It refuses every such call until an operator changes a setting, or publishes the module. The text says which."""


class SpacetimeDbRejectedError(PermanentError):
    """It refuses this call, and would again, whatever the settings."""


def unavailable(why: str, *, throttled: bool = False, retry_after: float = 0.0) -> SpacetimeDbUnavailableError:
    return SpacetimeDbUnavailableError(f"SpacetimeDbUnavailable: {why}", throttled=throttled, retry_after=retry_after)


def not_its_own() -> SpacetimeDbUnavailableError:
    """The failure of an answer that cannot be read."""
    return unavailable(f"what answers is not SpacetimeDB, or not of this version; see {URL}")


def no_table() -> SpacetimeDbSettingsError:
    """The failure of a query that is refused: our queries are well-formed, so it is the table that is missing."""
    return _settings(
        f"SpacetimeDB has no table {TABLE} for this token (400); publish pipeline/spacetimedb in the database that "
        f"{DATABASE} names, and let {TOKEN} be its publisher's"
    )


def check(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raise what a status other than 200 means.

    Raises:
        SpacetimeDbUnavailableError, SpacetimeDbSettingsError, SpacetimeDbRejectedError
    """
    if status == 530 and body.strip() == _NOT_THE_PUBLISHER:
        raise _settings(f"the reducer serves the module's publisher alone (530); let {TOKEN} be its publisher's")
    if status in _PASSING:
        raise unavailable(_PASSING[status], throttled=status == 429, retry_after=_pause(status, headers))
    if status in _STAYING:
        raise _settings(_STAYING[status])
    if status >= 500:
        raise unavailable(f"SpacetimeDB answered {status}", retry_after=_pause(status, headers))
    if status >= 400:
        raise SpacetimeDbRejectedError(f"SpacetimeDbRejected: SpacetimeDB refuses this call ({status})")
    if status != 200:
        raise _settings(f"something that is not SpacetimeDB answered {status}; see {URL}")


_PASSING = {
    402: "the database has spent its energy (402); it must be topped up, or wait for its next month",
    429: "too many requests (429)",
    530: f"the reducer {REDUCER} failed (530)",
}
_STAYING = {
    401: f"SpacetimeDB refuses the token (401); see {TOKEN}",
    403: f"SpacetimeDB does not let this identity in (403); see {TOKEN}",
    404: f"SpacetimeDB has no such database, or no reducer {REDUCER} in it (404); see {DATABASE} and {URL}",
}


def _settings(why: str) -> SpacetimeDbSettingsError:
    return SpacetimeDbSettingsError(f"SpacetimeDbSettings: {why}")


def _pause(status: int, headers: Mapping[str, str]) -> float:
    """How long it asks to be left alone, in seconds. Energy does not come back any sooner than that."""
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdecimal():
        return min(float(value), _LONGEST_PAUSE)
    return _LONGEST_PAUSE if status == 402 else 0.0
