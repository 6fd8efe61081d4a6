"""Which events have landed of late, so that one that is delivered again need not be written again."""

from hashlib import sha256

from redis import Redis

# EventBridge delivers an event again for at most 24 hours.
REMEMBERED_SECONDS = 86_400
_KEY_PREFIX = "shadow-sync:webhook:"


class LandedEvents:
    """Ids of events, and nothing of the events themselves. Thread-safe. Every method raises ``redis.RedisError`` where
    the server cannot be reached in time.
    """

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def remember(self, event_id: str) -> None:
        self._redis.set(_key(event_id), 1, ex=REMEMBERED_SECONDS)

    def __contains__(self, event_id: str) -> bool:
        return bool(self._redis.exists(_key(event_id)))


def _key(event_id: str) -> str:
    # The id is the sender's, who must not choose how long our keys are.
    return _KEY_PREFIX + sha256(event_id.encode()).hexdigest()
