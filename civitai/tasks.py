"""How tasks are declared: by what they use. And the kernel's own.

`@gpu_task(name="generation.draw")` etc. set the queue, late acknowledgement, rejection when the worker
is lost, and the limits. Tests call the plain function (`task.plain`). Every task may run twice.
"""

from functools import partial

from celery import shared_task

# Seconds: soft limit (SoftTimeLimitExceeded is raised in the task), then hard (the process is killed).
# The broker's visibility timeout (settings) exceeds the largest.
LIMITS = {"gpu": (4 * 3600, 4 * 3600 + 300), "cpu": (3600, 3900), "io": (600, 660)}


def _task(queue, *, name, limits=None):
    """`limits`: other seconds than the queue's, for a task that streams many gigabytes."""
    soft, hard = limits or LIMITS[queue]

    def decorate(function):
        task = shared_task(
            name=name,
            queue=queue,
            acks_late=True,
            reject_on_worker_lost=True,
            soft_time_limit=soft,
            time_limit=hard,
        )(function)
        task.plain = function
        return task

    return decorate


gpu_task = partial(_task, "gpu")
cpu_task = partial(_task, "cpu")
io_task = partial(_task, "io")


@io_task(name="civitai.reap_jobs")
def reap_jobs():
    from civitai.jobs import reap

    reap()


@io_task(name="civitai.sweep_uploads")
def sweep_uploads():
    from civitai.uploads import sweep

    sweep()
