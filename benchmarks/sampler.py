"""What a picture costs in the engine beside diffusers' own pipeline, and what changing a LoRA costs.

Both sides draw with the same weights in the same process, in alternate rounds, so that a noisy machine hits both.

    python -m benchmarks.sampler [--rounds 15]
"""

import argparse
import dataclasses
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")  # first: the imports below warn while they are read

import numpy as np  # noqa: E402
import torch  # noqa: E402
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline  # noqa: E402
from diffusers.utils import logging  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from benchmarks._telling import tell  # noqa: E402
from generation.pocket import WEIGHTS  # noqa: E402
from generation.sampler.engine import Engine  # noqa: E402
from generation.sampler.request import DrawRequest  # noqa: E402

GOAL_SPEED = 0.97
GOAL_LORA = 5.0  # what the peer's own hot swap reaches


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args(arguments).rounds
    logging.set_verbosity_error()
    engine = Engine("cpu", threads=1)
    pipeline = StableDiffusionPipeline.from_pretrained(WEIGHTS, dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config, use_karras_sigmas=True)
    ask = DrawRequest(
        base=WEIGHTS, prompt="a red star on a blue background", width=128, height=128, steps=20, cfg_scale=5.0, seed=7
    )
    return picture(engine, pipeline, ask, rounds) + lora(engine, pipeline, ask, max(1, rounds // 2))


def picture(engine, pipeline, ask, rounds):
    def ours():
        return next(iter(engine.draw(ask))).image

    def theirs():
        return pipeline(
            ask.prompt, width=128, height=128, num_inference_steps=20, guidance_scale=5.0,
            generator=torch.Generator().manual_seed(ask.seed),
        ).images[0]  # fmt: skip

    difference = int(np.abs(np.asarray(ours(), int) - np.asarray(theirs(), int)).max())
    mine, peers = alternate(ours, theirs, rounds)
    ratio = statistics.median(peers) / statistics.median(mine)
    missed = tell(
        "one image: largest difference to the pipeline's pixels",
        difference,
        "levels",
        goal="<= 1",
        holds=difference <= 1,
    )
    missed += tell(
        "one image: speed of the engine / diffusers' pipeline", round(ratio, 3), "x",
        peer=f"{statistics.median(peers):.3f} CPU s, ours {statistics.median(mine):.3f}", goal=f">= {GOAL_SPEED}", holds=ratio >= GOAL_SPEED,
    )  # fmt: skip
    four = dataclasses.replace(ask, count=4)
    start = time.process_time()
    list(engine.draw(four))
    return missed + tell("one image of a batch of four", round((time.process_time() - start) / 4, 3), "CPU s")


def lora(engine, pipeline, ask, rounds):
    """Put another LoRA on, and take it off again; both sides have their files in the page cache."""
    base = engine._base(WEIGHTS, None)
    with tempfile.TemporaryDirectory() as folder:
        paths = [random_lora(Path(folder) / f"{number}.safetensors", number) for number in range(2)]
        turn = iter(range(10_000))

        def ours():
            engine._loras.clear()  # so that the file is read each time, as the peer reads it
            base.weights.put(engine._stack(((paths[next(turn) % 2], 1.0),)))
            base.weights.put([])

        def theirs():
            pipeline.load_lora_weights(paths[next(turn) % 2])
            pipeline.unload_lora_weights()

        mine, peers = alternate(ours, theirs, rounds)
    ratio = statistics.median(peers) / statistics.median(mine)
    return tell(
        "LoRA change: speed of the engine / diffusers' pipeline", round(ratio, 1), "x",
        peer=f"{statistics.median(peers) * 1000:.1f} ms, ours {statistics.median(mine) * 1000:.1f} ms",
        goal=f">= {GOAL_LORA}", holds=ratio >= GOAL_LORA,
    )  # fmt: skip


def random_lora(path, seed):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for key, weight in load_file(WEIGHTS / "unet/diffusion_pytorch_model.safetensors").items():
        if key.endswith(("to_q.weight", "to_k.weight", "to_v.weight", "to_out.0.weight")):
            stem = "lora_unet_" + key.removesuffix(".weight").replace(".", "_")
            tensors[f"{stem}.lora_down.weight"] = torch.randn(16, weight.shape[1], generator=generator)
            tensors[f"{stem}.lora_up.weight"] = torch.randn(weight.shape[0], 16, generator=generator)
            tensors[f"{stem}.alpha"] = torch.tensor(16.0)
    save_file(tensors, path)
    return path


def alternate(one, other, rounds):
    one(), other()
    times = [], []
    for _ in range(rounds):
        for side, act in zip(times, (one, other), strict=True):
            start = time.process_time()
            act()
            side.append(time.process_time() - start)
    return times


if __name__ == "__main__":
    sys.exit(main())
