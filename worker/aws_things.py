"""The three calls to AWS IoT's control plane that tell which Things a selection means. One call is one page.

https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from worker.aws_errors import first_line, translated
from worker.call_counts import CallCounts
from worker.failures import NotFoundError, PermanentError, RetryableError
from worker.pace import Pace

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient

_PAGE_SIZE, _FOUND_PAGE_SIZE = 250, 100
_GROUP = re.compile(r"[a-zA-Z0-9:_-]{1,128}")


class StaleTokenError(RetryableError):
    """AWS takes a nextToken of its own no longer: the listing has to start again, without one."""


@dataclass(frozen=True, slots=True)
class ThingPage:
    """The names on one page, which may be few or none though others follow, and the token of the next page, if any."""

    names: list[str]
    next_token: str | None


class FleetCalls:
    """Thread-safe: one client, made at first use. Each call waits for its place in the pace, and is counted; a
    throttled one slows the pace down.

    Every call takes the token of the page before, or None for the first page, and raises a ``Failure``:
    ``StaleTokenError`` where the token is the reason. Raises ``redis.RedisError`` where the pace's store cannot be
    reached.
    """

    def __init__(self, session: boto3.Session, config: Config, pace: Pace, counts: CallCounts) -> None:
        self._session, self._config, self._pace, self._counts = session, config, pace, counts
        self._making = Lock()
        self._made: IoTClient | None = None

    def everything(self, token: str | None) -> ThingPage:
        """Of all registered Things: ListThings."""
        with self._asking("ListThings", token) as (iot, following):
            answer = iot.list_things(maxResults=_PAGE_SIZE, **following)
        return _page("ListThings", answer, token)

    def in_group(self, group: str, token: str | None, *, recursive: bool) -> ThingPage:
        """Of the Things in a group, with *recursive* in those below it too: ListThingsInThingGroup."""
        call = "ListThingsInThingGroup"
        # The name becomes a part of a path, where '..' would lead to the list of all Things.
        if not _GROUP.fullmatch(group):
            raise PermanentError(f"InvalidThingGroupName: {call} takes 1 to 128 of the characters a-z A-Z 0-9 : _ -")
        with self._asking(call, token) as (iot, following):
            answer = iot.list_things_in_thing_group(
                thingGroupName=group, recursive=recursive, maxResults=_PAGE_SIZE, **following
            )
        return _page(call, answer, token)

    def matching(self, query: str, token: str | None) -> ThingPage:
        """Of the Things that a query of fleet indexing finds: SearchIndex."""
        call = "SearchIndex"
        if not query.strip():
            raise PermanentError("InvalidQueryException: the query is empty; ask for all Things to get every one")
        try:
            with self._asking(call, token) as (iot, following):
                # Without an indexName it is AWS_Things that is searched.
                answer = iot.search_index(queryString=query, maxResults=_FOUND_PAGE_SIZE, **following)
        except NotFoundError as failure:
            raise NotFoundError(f"{failure} Turn on thing indexing (fleet indexing) in AWS IoT.") from None
        return _page(call, answer, token)

    @contextmanager
    def _asking(self, call: str, token: str | None) -> Iterator[tuple["IoTClient", Any]]:
        """Give the client and the token as the argument that it becomes, for one call."""
        self._pace.wait()
        try:
            with self._counts.counted(call), translated(call):
                iot = self._client(call)
                try:
                    yield iot, {"nextToken": token} if token else {}
                except iot.exceptions.InvalidRequestException as error:
                    if not token:
                        raise
                    told = first_line(error.response["Error"].get("Message", ""))
                    text = f"InvalidRequestException: {call} does not go on from the page before: {told}"
                    raise StaleTokenError(text) from None
                except (AttributeError, TypeError, ValueError):
                    # So botocore's parsers end on JSON of another shape, and on what is not UTF-8.
                    raise _not_of_aws(call) from None
        except RetryableError as failure:
            if failure.throttled:
                self._pace.slow_down()
            raise

    def _client(self, call: str) -> "IoTClient":
        with self._making:
            if self._made is not None:
                return self._made
            try:
                made: IoTClient = self._session.client("iot", config=self._config)
            except ValueError:
                raise PermanentError(f"ValueError: {call} could not be made; see AWS_ENDPOINT_URL_IOT") from None
            # A client made without credentials never gets any.
            if self._session.get_credentials() is not None:
                self._made = made
            return made


def _page(call: str, answer: Any, token: str | None) -> ThingPage:
    things, following = answer.get("things"), answer.get("nextToken") or None
    # Something between here and AWS can answer 200 with a page of its own.
    if not isinstance(things, list) or not isinstance(following, str | None):
        raise _not_of_aws(call)
    if following is not None and following == token:
        raise RetryableError(f"{call}: AWS answered with a page that it had answered before")
    names = (thing.get("thingName") if isinstance(thing, dict) else thing for thing in things)
    return ThingPage([name for name in names if isinstance(name, str)], following)


def _not_of_aws(call: str) -> RetryableError:
    return RetryableError(f"{call}: the answer is not AWS's")
