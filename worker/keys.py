"""The names of what the job store keeps in Redis. No id, Thing name or shadow name can hold a slash."""

from worker.job import Work

KEY_PREFIX = "shadow-sync:"
ENDED_CHANNEL = f"{KEY_PREFIX}ended"
JOBS = f"{KEY_PREFIX}jobs"
DUE = f"{KEY_PREFIX}due"


def job_key(job_id: str) -> str:
    return f"{KEY_PREFIX}job:{job_id}"


def keys_of(work: Work) -> list[str]:
    """Of the job, of its Thing, and of the due set, as the scripts take them."""
    return [job_key(work.job_id), f"{job_key(work.job_id)}:thing:{work.thing_name}", DUE]


def member_of(work: Work) -> str:
    """As the work stands in the due set."""
    return "/".join(filter(None, (work.job_id, work.thing_name, work.shadow_name)))


def work_of(member: str) -> Work:
    """What stands in the due set as *member*."""
    job_id, thing_name, *shadow = member.split("/")
    return Work(job_id, thing_name, *shadow)
