"""Celery's connection to the broker, which is back soon after the broker is."""

from typing import Any

from celery.app.amqp import AMQP
from kombu import Connection

# Where nothing is said, kombu's pauses grow by two seconds to thirty: a worker would sleep on long after an outage.
_PAUSES = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": 2.0}


class _Connection(Connection):
    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        return super().ensure_connection(*args, **{**_PAUSES, **kwargs})


class Amqp(AMQP):
    """To be given to the application."""

    Connection = _Connection
