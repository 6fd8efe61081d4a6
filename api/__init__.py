"""The HTTP door: who may come in, what they may ask, and what they get back. Knows no AWS.

create_app       settings, parts, routes
  requests       an id, careful headers and a line in the log for every request
  failed_attempts  how often those may be wrong
  auth           both credentials: tokens (jwks) and API keys
  server         gunicorn's worker: queueing, capacity; raw_answers to what gets no further
  places         the threads, shared between the webhook and the admins
  routes         inputs, body, prefer → syncs (waiters) → answers; rules
  audit          an entry for every POST of an admin
  webhook        envelope → landings; on only where it is configured
  errors         the one table from exception to answer
  document       the OpenAPI document, out of openapi and examples; docs is the page that shows it
"""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api.audit import audit_posts
from api.auth import require_credentials
from api.body import MAX_BODY_BYTES, read_what_is_refused
from api.docs import docs_routes
from api.document import openapi_app, openapi_document
from api.errors import register
from api.failed_attempts import limit_failed_attempts
from api.health import health_routes
from api.landings import open_landings
from api.places import share_threads
from api.requests import follow_requests
from api.routes import Rest, admin_routes
from api.settings import ApiSettings
from api.syncs import Syncs
from api.waiters import Waiters
from api.webhook import webhook_routes
from worker import logs
from worker.audit import Audit
from worker.connection import connect
from worker.ended import EndedJobs
from worker.job_list import JobList
from worker.jobs import JobStore
from worker.results import Results
from worker.rule_report import RuleReports
from worker.settings import load
from worker.wake_ups import WakeUps

__all__ = ["ApiSettings", "create_app"]


def create_app(settings: ApiSettings | None = None) -> Flask:
    """The WSGI application. Connects to nothing before the first request, so it may be built before a server forks.

    Raises:
        worker.settings.SettingsError: a setting is missing or wrong (when read from the environment).
    """
    settings = settings or load(ApiSettings)
    logs.configure(settings)
    # One connection is for the subscription.
    redis = connect(settings, connections=settings.api_threads + 1)
    jobs, audit = JobStore(redis, settings), Audit(redis)
    waiters = Waiters(EndedJobs(redis), limit=settings.api_waiters, subscribe_timeout=settings.redis_timeout_seconds)

    app = openapi_app(settings)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES + 1, STALL_SECONDS=settings.api_stall_seconds)
    app.extensions["shadow-sync-waiters"] = waiters
    # Without hops it changes nothing.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=settings.trusted_hops, x_proto=0, x_host=0, x_port=0, x_prefix=0
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Flask's default provider
    app.url_map.merge_slashes = False
    app.url_map.converters["rest"] = Rest
    follow_requests(app)
    register(app)
    read_what_is_refused(app)
    limit_failed_attempts(app, settings)
    require_credentials(app, settings)
    audit_posts(app, audit)
    app.register_api(
        admin_routes(
            Syncs(jobs, WakeUps(redis), waiters),
            jobs,
            JobList(redis),
            Results(redis),
            RuleReports(redis),
            audit,
            settings,
        )
    )
    if settings.webhook_keys is not None:
        share_threads(app, settings)
        app.register_api(webhook_routes(open_landings(settings)))
    app.register_api(health_routes(jobs))
    app.register_blueprint(docs_routes(openapi_document(app), settings))
    return app
