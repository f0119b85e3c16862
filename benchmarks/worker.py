"""What a picture costs through the worker beside the bare pipeline: the job's claim, beats, previews, rows, the PNG with
its text, the classifier that rates it and the store, against a call of diffusers that leaves an image in memory and rates
nothing. In alternate rounds; by the clock, since what the worker waits for is not its own processor's.

    python -m civitai.services exec -- python -m benchmarks.worker [--rounds 9]
"""

import argparse
import io
import statistics
import sys
import time
import warnings

from benchmarks._telling import tell

GOAL = 0.97
PROMPT, STEPS, GUIDANCE, SIZE = "a red star on a blue background", 30, 5.0, 128


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args(arguments).rounds
    warnings.filterwarnings("ignore")

    import django

    django.setup()
    from django.test.utils import override_settings, setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with override_settings(CLASSIFIER=True):
            return compare(rounds)
    finally:
        teardown_databases(databases, verbosity=0)


def compare(rounds):
    import numpy as np
    import torch
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
    from PIL import Image

    from accounts.models import User
    from civitai import storages
    from generation.domain import asking, drawing
    from generation.pocket import WEIGHTS
    from tests.factories.generation import pocket_base

    torch.set_num_threads(1)
    base = pocket_base(User.objects.create_user("house", "house@example.org"))
    member = User.objects.create_user("asks", "asks@example.org")
    pipeline = StableDiffusionPipeline.from_pretrained(WEIGHTS, dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config, use_karras_sigmas=True)

    def theirs(seed):
        generator = torch.Generator().manual_seed(seed)
        size = {"width": SIZE, "height": SIZE}
        return pipeline(PROMPT, **size, num_inference_steps=STEPS, guidance_scale=GUIDANCE, generator=generator).images[
            0
        ]

    def ours(seed):
        wish = asking.Wish(
            base=base, prompt=PROMPT, width=SIZE, height=SIZE, steps=STEPS, cfg_scale=GUIDANCE, seed=seed,
            submission=f"{seed:032x}",
        )  # fmt: skip
        job = asking.ask(member, wish)
        began = time.perf_counter()
        drawing.draw(job.pk)
        took = time.perf_counter() - began
        job.refresh_from_db()
        picture = job.results.select_related("picture").get().picture
        asking.dismiss(job, by=member)
        return took, picture.key

    _took, key = ours(7)
    with storages.private().open(key) as file:
        drawn = np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB"), int)
    difference = int(np.abs(drawn - np.asarray(theirs(7), int)).max())
    mine, peers = [], []
    for seed in range(100, 100 + rounds):
        mine.append(ours(seed)[0])
        began = time.perf_counter()
        theirs(seed)
        peers.append(time.perf_counter() - began)
    ratio = statistics.median(peers) / statistics.median(mine)
    missed = tell(
        "one image through the worker: largest difference to the pipeline's pixels", difference, "levels",
        goal="<= 1", holds=difference <= 1,
    )  # fmt: skip
    return missed + tell(
        "one image through the worker: speed / diffusers' pipeline", round(ratio, 3), "x",
        peer=f"{statistics.median(peers):.3f} s, ours {statistics.median(mine):.3f}", goal=f">= {GOAL}", holds=ratio >= GOAL,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
