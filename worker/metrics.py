"""The figures for Prometheus, at an address of their own: nobody has to log in, so it must not be the public one.

Beat serves them. It is the one process of which there is one, it forks no others, and nobody waits for it. What it
shows it reads from the store when it is asked, so it is true of all processes, and a restart forgets nothing.
"""

import socket
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Thread

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from redis import RedisError

from worker.counters import COUNTERS
from worker.figures import Figures, StoreFigures
from worker.job_request import Lane
from worker.settings import PREFIX, SettingsError

PATH = "/metrics"
_NAMES = "shadow_sync_"
_SEEN_SECONDS = 30.0
_STALL_SECONDS = 5.0
_GAUGES: dict[str, tuple[str, Callable[[Figures, Lane], float | None]]] = {
    "due": (
        "Works that have begun and not ended: each is looked at again when its time has come.",
        lambda figures, lane: figures.lanes[lane].due,
    ),
    "overdue": ("Works whose time has come.", lambda figures, lane: figures.lanes[lane].overdue),
    "overdue_oldest_seconds": (
        "For how long the first of the overdue works has been.",
        lambda figures, lane: figures.lanes[lane].overdue_seconds,
    ),
    "queue_messages": ("Messages in the queue of the broker.", lambda figures, lane: figures.lanes[lane].queued),
    "queue_oldest_seconds": (
        "The age of the oldest message in the queue; absent where the message does not tell.",
        lambda figures, lane: figures.lanes[lane].queue_seconds,
    ),
    "feeding_jobs": ("Jobs with Things that have not been begun.", lambda figures, lane: figures.lanes[lane].feeding),
    "workers": (
        f"Worker processes that have told of themselves within {_SEEN_SECONDS:g} s.",
        lambda figures, lane: figures.workers_of(lane, silent_at_most=_SEEN_SECONDS),
    ),
}
_log = structlog.get_logger(__name__)


class FigureCollector(Collector):
    """Raises ``redis.RedisError`` where the store cannot be reached in time."""

    def __init__(self, figures: StoreFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        figures = self._figures.read()
        for counter in COUNTERS:
            family = CounterMetricFamily(f"{_NAMES}{counter.name}", counter.meaning, labels=list(counter.labels))
            # Those that are 0 too: a rate needs two points, and the first failure should be seen in it.
            for field, values in counter.fields():
                family.add_metric(values, figures.counters.get(field, 0))
            yield family
        for name, (meaning, value_of) in _GAUGES.items():
            gauge = GaugeMetricFamily(f"{_NAMES}{name}", meaning, labels=["lane"])
            for lane in Lane:
                value = value_of(figures, lane)
                if value is not None:
                    gauge.add_metric([lane], value)
            yield gauge


class _Server(ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _STALL_SECONDS

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self._answer(HTTPStatus.NOT_FOUND, f"there is {PATH} here, and nothing else\n".encode())
            return
        encode, content_type = choose_encoder("")
        try:
            shown = encode(self.server.registry)
        except RedisError as error:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, f"store unreachable: {type(error).__name__}\n".encode())
            return
        self._answer(HTTPStatus.OK, shown, content_type)

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "shadow-sync"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        """A scrape every few seconds is no news."""


def serve(figures: StoreFigures, bind: str) -> None:
    """Answer at *bind*, host:port, from threads that end with the process.

    Raises:
        SettingsError: nobody can listen there.
    """
    registry = CollectorRegistry()
    registry.register(FigureCollector(figures))
    host, _, port = bind.rpartition(":")
    try:
        server = _Server(host.strip("[]"), int(port), registry)
    except OSError as error:
        raise SettingsError(
            f"shadow-sync cannot start:\n  {PREFIX}METRICS_BIND: cannot listen there ({error.strerror})"
        ) from None
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    _log.info("metrics are served", address=bind, path=PATH)
