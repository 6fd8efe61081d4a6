"""What is made of an answer that AWS would not give."""

import pytest
from redis import Redis

from sandbox import RunningSandbox
from tests.worker.canned import canned
from tests.worker.fleet_listings import OPERATIONS, fleet_calls, listings
from worker.aws_things import ThingPage
from worker.failures import RetryableError

NOT_OF_AWS = [
    b"",
    b"<html>Sign in</html>",
    b"{}",
    b"[]",
    b"null",
    b'"x"',
    b"\xff",
    b'{"things": null}',
    b'{"things": 3}',
    b'{"things": [], "nextToken": 7}',
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_page_that_is_not_of_aws_is_worth_another_attempt(
    aws_environment: RunningSandbox, redis: "Redis", monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    for body in NOT_OF_AWS:
        # A server of its own: a connection that the one before has closed is no answer at all.
        with canned(200, body) as server:
            monkeypatch.setenv("AWS_ENDPOINT_URL_IOT", server.url)
            with pytest.raises(RetryableError, match=rf"^{operation}: the answer is not AWS's$"):
                listings(fleet_calls(redis))[operation](None)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_page_that_leads_to_itself_is_not_followed(
    aws_environment: RunningSandbox, redis: "Redis", monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    with canned(200, b'{"things": [], "nextToken": "again"}') as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_IOT", server.url)
        listing = listings(fleet_calls(redis))[operation]

        assert listing(None).next_token == "again"
        with pytest.raises(RetryableError, match="answered before"):
            listing("again")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_texts_count_as_names_and_an_empty_token_ends_the_listing(
    aws_environment: RunningSandbox, redis: "Redis", monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    listed = b'"lamp", 3, null, {}'
    described = b'{"thingName": "lamp"}, {"thingName": 3}, {}, null, {"thingName": null, "shadow": "{}"}'
    things = listed if operation == "ListThingsInThingGroup" else described
    with canned(200, b'{"things": [' + things + b'], "nextToken": ""}') as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_IOT", server.url)

        assert listings(fleet_calls(redis))[operation](None) == ThingPage(["lamp"], None)
