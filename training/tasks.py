"""Loads by id, makes one domain call."""

from civitai.tasks import cpu_task, gpu_task, io_task


@gpu_task(name="training.train")
def train(run_id):
    from training.domain import running

    running.run(run_id)


@cpu_task(name="training.unpack")
def unpack(job_id):
    from training.domain import collecting

    collecting.unpack(job_id)


@io_task(name="training.end_pauses")
def end_pauses():
    from training.domain import pausing

    pausing.end_long_ones()


@io_task(name="training.sweep")
def sweep():
    from training.domain import sweeping

    sweeping.checkpoints()
    sweeping.trials()
