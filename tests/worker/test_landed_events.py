"""What is remembered of an event that has landed."""

from redis import Redis

from worker.landed_events import REMEMBERED_SECONDS, LandedEvents

EVENT_ID = "7bf73129-1428-4cd3-a780-95db273d1602"


def test_an_event_is_known_once_it_is_remembered_and_no_other_is(redis: "Redis") -> None:
    landed = LandedEvents(redis)
    assert EVENT_ID not in landed
    landed.remember(EVENT_ID)
    assert EVENT_ID in landed
    assert EVENT_ID[:-1] not in landed


def test_it_is_remembered_as_long_as_eventbridge_tries_and_no_longer(redis: "Redis") -> None:
    LandedEvents(redis).remember(EVENT_ID)
    (key,) = redis.keys()
    assert REMEMBERED_SECONDS == 24 * 3600
    assert REMEMBERED_SECONDS - 60 < redis.ttl(key) <= REMEMBERED_SECONDS


def test_redis_holds_a_digest_of_the_id_and_nothing_else(redis: "Redis") -> None:
    LandedEvents(redis).remember("x" * 10_000)
    (key,) = redis.keys()
    assert (len(key), redis.get(key)) == (len("shadow-sync:webhook:") + 64, "1")
