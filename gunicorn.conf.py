"""gunicorn's configuration, out of the same settings as the application's. `gunicorn` alone starts the API."""

import gc

from api.capacity import allow_open_files, connections
from api.settings import ApiSettings
from worker.logs import configure
from worker.settings import load

_settings = load(ApiSettings)
configure(_settings)
allow_open_files(_settings)

wsgi_app = "api:create_app()"
bind = _settings.bind
workers = _settings.api_workers
threads = _settings.api_threads
worker_connections = connections(_settings)
worker_class = "api.server.ThreadWorker"
# Built once, before the fork: what is wrong with the settings ends the start, instead of a worker again and again.
preload_app = True

timeout = 30
# A request takes no longer than its wait; on TERM even waits end at once.
graceful_timeout = 10
keepalive = 75
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 16_384

# No header names another path or scheme, whoever sends it. Who is in front, SHADOW_SYNC_TRUSTED_HOPS says.
forwarded_allow_ips = ""
forwarder_headers = ""

logger_class = "api.server.Logger"
# The application writes a line for each request itself.
accesslog = None
# It would be a second door.
control_socket_disable = True


def pre_fork(_arbiter: object, _worker: object) -> None:
    """Collect garbage seldom, and never among what the application is made of: looking at it all the time costs 3 %."""
    gc.freeze()
    gc.set_threshold(10_000)
