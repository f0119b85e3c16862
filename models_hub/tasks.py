"""Loads by id, makes one domain call."""

from civitai.jobs import claim
from civitai.tasks import LIMITS, io_task
from models_hub.domain import checking, placing, sweeping, withholding
from models_hub.models import FileCheck


# 24 GB from a slow store, read and perhaps copied without its private lines, take hours; the lease is what notices a death.
@io_task(name="models_hub.check_file", limits=LIMITS["gpu"])
def check_file(job_id):
    with claim(FileCheck, job_id) as job:
        if job is not None:
            checking.check(job)


@io_task(name="models_hub.sweep_files")
def sweep_files():
    sweeping.sweep()


@io_task(name="models_hub.settle_files", limits=LIMITS["gpu"])
def settle_files(model_id=None):
    withholding.settle_files(model_id)


@io_task(name="models_hub.leave_periods")
def leave_periods():
    placing.leave_periods()


@io_task(name="models_hub.erase_taken_down")
def erase_taken_down():
    withholding.erase_overdue()
