"""Draws the pictures that are still missing, on all cores where there are many."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from pages.demo import art

# Fewer than this are drawn here: starting processes costs more than it saves.
WORTH_PROCESSES = 8


def drawn(jobs):
    """PNG bytes in order for each (family, size, how)."""
    jobs = list(jobs)
    cores = os.cpu_count() or 1
    if len(jobs) < WORTH_PROCESSES or cores == 1:
        yield from map(_draw, jobs)
        return
    # Fresh processes: a fork would share this one's connections to the database and the store.
    with ProcessPoolExecutor(min(cores, 8), mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_draw, jobs)


def _draw(job):
    family, size, how = job
    return art.draw(family, size, **how)
