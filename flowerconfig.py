"""Flower's configuration: ``celery -A worker.app flower --conf=flowerconfig.py``. Nobody comes in without a login, and
nobody who is in can change anything.

Flower reads FLOWER_* first and this file later, so what the environment has set is kept here. With an OAuth login
(FLOWER_AUTH), FLOWER_COOKIE_SECRET keeps people logged in over a restart; without it the secret is random.
https://flower.readthedocs.io/en/latest/config.html
"""

import os
import sys
from ast import literal_eval
from typing import TypeVar

from celery.events.state import Task
from flower.urls import handlers  # type: ignore[import-untyped]
from flower.views.monitor import Metrics  # type: ignore[import-untyped]
from tornado.options import options
from tornado.web import authenticated

from worker.wake_up import SELECT_THINGS, SYNC_SHADOW, SYNC_THING

Value = TypeVar("Value")

_SHORTEST_PASSWORD = 12


def _unless_set(option: str, value: Value) -> Value:
    return getattr(options, option) if os.environ.get(f"FLOWER_{option.upper()}") else value


def _is_login(pair: str) -> bool:
    user, _, password = pair.partition(":")
    return bool(user) and len(password) >= _SHORTEST_PASSWORD and pair.isascii() and pair.isprintable()


def _refuse_to_start_without_a_login() -> None:
    if any(word.lstrip("-").replace("-", "_").startswith("basic_auth") for word in sys.argv):
        raise SystemExit(
            "Flower cannot start: set the environment variable FLOWER_BASIC_AUTH instead of --basic_auth, "
            "since everybody on the machine can read a command line."
        )
    if not (options.basic_auth or options.auth) or not all(map(_is_login, options.basic_auth)):
        raise SystemExit(
            "Flower cannot start: set FLOWER_BASIC_AUTH to user:password (several separated by commas), each password "
            f"at least {_SHORTEST_PASSWORD} ASCII characters without a comma, or set FLOWER_AUTH and FLOWER_OAUTH2_*."
        )


class _MetricsWithLogin(Metrics):  # type: ignore[misc]
    get = authenticated(Metrics.get)


_refuse_to_start_without_a_login()
# Flower answers /metrics to anybody, with the names of workers and tasks. Of two handlers the first is asked.
handlers.insert(0, (r"/metrics", _MetricsWithLogin))

address = _unless_set("address", "127.0.0.1")
port = _unless_set("port", 5555)
read_only = _unless_set("read_only", True)
# About 4.4 kB each. The oldest are forgotten first; the jobs themselves are kept elsewhere.
max_tasks = _unless_set("max_tasks", 10_000)
purge_offline_workers = _unless_set("purge_offline_workers", 600)
tasks_columns = _unless_set("tasks_columns", "name,args,kwargs,result,state,received,runtime,worker")


def format_task(task: Task) -> Task:
    """Show a task's Thing, shadow and job each in a column of its own, since a column cuts off after one of them: as
    its arguments, and in the place of the keyword arguments and the result that it does not have.
    """
    if task.name in (SELECT_THINGS, SYNC_THING, SYNC_SHADOW) and task.args:
        # The text of a Python list, cut short where it is long.
        try:
            names = dict(zip(("job", "thing", "shadow"), literal_eval(task.args), strict=False))
        except (ValueError, SyntaxError, TypeError):
            return task
        task.args, task.kwargs, task.result = (
            f"{what}={names[what]}" if what in names else "" for what in ("thing", "shadow", "job")
        )
    return task
