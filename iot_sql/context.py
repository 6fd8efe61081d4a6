"""What a rule knows of a message besides its payload and its topic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Who published a message, how and when. What is None makes the function that asks for it Undefined, or what its
    page says (``clientid()`` is then ``n/a``).

    ``now_ms``: the time of ``timestamp()``, in milliseconds since 1970 UTC; None is now. ``protocol``: ``MQTT`` or
    ``HTTP``. ``user_properties``: name to value, or to a list of values where one was sent several times.
    """

    account_id: str | None = None
    client_id: str | None = None
    principal: str | None = None
    source_ip: str | None = None
    trace_id: str | None = None
    protocol: str | None = None
    now_ms: int | None = None
    mqtt_properties: Mapping[str, str] | None = None
    user_properties: Mapping[str, str | Sequence[str]] | None = None
