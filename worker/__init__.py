"""What happens to a job: the only room that calls AWS, and the only one that knows Redis.

app           the workers' door, where the parts are put together; beat, the reconciler's
  tasks       the Celery tasks, a line each
    sync      the sync in plain functions
      aws     the three calls (aws_transport, aws_errors → failures)
      events  a shadow's document → the rule's event
      jobs    the job store (lua/, records → job); ended tells who waits
      broker  Celery's configuration, and the wake-ups
"""
