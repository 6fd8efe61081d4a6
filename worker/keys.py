"""The names of what the job store keeps in Redis. No id, Thing name or shadow name can hold a slash."""

from worker.job import Work
from worker.job_request import Lane

KEY_PREFIX = "shadow-sync:"
ENDED_CHANNEL = f"{KEY_PREFIX}ended"
JOBS = f"{KEY_PREFIX}jobs"


def job_key(job_id: str) -> str:
    return f"{KEY_PREFIX}job:{job_id}"


def due_key(lane: Lane) -> str:
    return f"{KEY_PREFIX}due:{lane}"


def queue_key(lane: Lane) -> str:
    """The list that is the lane's queue in the broker."""
    return f"{KEY_PREFIX}{lane}"


def thing_key(work: Work) -> str:
    return f"{job_key(work.job_id)}:thing:{work.thing_name}"


def work_of(member: str) -> Work:
    """What stands in the due set as *member*."""
    return Work(*member.split("/"))
