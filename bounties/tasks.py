"""Loads by id, makes one domain call."""

from bounties.domain import clock, entry_files
from bounties.models import EntryFileCheck
from civitai.jobs import claim
from civitai.tasks import LIMITS, io_task


@io_task(name="bounties.tick")
def tick():
    clock.tick()


@io_task(name="bounties.check_file", limits=LIMITS["gpu"])
def check_file(job_id):
    with claim(EntryFileCheck, job_id) as job:
        if job is not None:
            entry_files.check(job)


@io_task(name="bounties.settle_files", limits=LIMITS["gpu"])
def settle_files():
    entry_files.settle()


@io_task(name="bounties.sweep_files")
def sweep_files():
    entry_files.sweep()
