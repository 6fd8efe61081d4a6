"""How many connections a process has at most, and whether the system lets it open as many files."""

import resource

from api.settings import ApiSettings
from worker.settings import PREFIX, SettingsError

# For requests that run or queue, and for clients that keep their connection for the next request.
_BESIDE_WAITERS = 1000
# A thread can have one to the job store, the broker, the limiter and SpacetimeDB each.
_FILES_OF_A_THREAD, _OTHER_FILES = 4, 100


def connections(settings: ApiSettings) -> int:
    """Of one process."""
    return settings.api_waiters + _BESIDE_WAITERS


def allow_open_files(settings: ApiSettings) -> None:
    """Raise the soft limit of open files as far as it is needed. At the limit a process could not accept anybody.

    Raises:
        SettingsError: the hard limit is too low.
    """
    needed = connections(settings) + _FILES_OF_A_THREAD * settings.api_threads + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SettingsError(
            f"shadow-sync cannot start:\n  {PREFIX}API_WAITERS: with {settings.api_waiters} waiters a process needs "
            f"{needed} open files, and may have {hard}; raise the limit (ulimit -Hn, LimitNOFILE=, --ulimit nofile=) "
            "or lower the number"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
