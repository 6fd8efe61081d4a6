"""One JSON object a line on standard error, with the ids that are bound to what the thread is doing (request, job,
Thing, shadow).
"""

import logging
import sys

import structlog
from structlog.contextvars import merge_contextvars
from structlog.typing import Processor

from worker.settings import Settings

# At DEBUG these write whole requests and responses, and a shadow can hold a door's PIN code.
_QUOTE_PAYLOADS_BELOW_INFO = ("boto3", "botocore", "urllib3", "s3transfer", "kombu", "celery", "amqp", "redis")
# One line for each message taken and each task ended says nothing that the job does not, and costs CPU for every
# shadow.
_CHATTER_AT_INFO = ("celery.worker.strategy", "celery.app.trace", "botocore.credentials")

_SHARED: list[Processor] = [
    merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
# One list for good: a logger keeps the one that it was first used with, whatever is configured later.
_PROCESSORS: list[Processor] = [
    structlog.stdlib.filter_by_level,
    *_SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def configure(settings: Settings) -> None:
    """Send structlog's and the standard library's records through one JSON formatter."""
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in _QUOTE_PAYLOADS_BELOW_INFO:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in _CHATTER_AT_INFO:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
