"""Letting others go first on a shared machine: a worker that serves bulk jobs alone has time, and whoever waits for one
Thing has not.
"""

import os
from pathlib import Path

import structlog

_NICENESS = 10
_AUTOGROUP = Path("/proc/self/autogroup")
_log = structlog.get_logger(__name__)


def give_way() -> None:
    """Lower this process's priority. Threads that exist by now keep theirs.

    Where Linux shares the processors between sessions first, niceness means nothing beyond one's own session, and the
    session has one of its own: https://man7.org/linux/man-pages/man7/sched.7.html (the autogroup feature).
    """
    os.nice(max(0, _NICENESS - os.nice(0)))
    try:
        _AUTOGROUP.write_text(str(_NICENESS))
    except OSError as error:
        # There is no such feature, or it is off: niceness says it all.
        _log.debug("no autogroup", error=type(error).__name__)
