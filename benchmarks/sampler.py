"""What a picture costs in the engine beside diffusers' own pipeline, and what changing a LoRA costs.

Both sides draw with the same weights in the same process, in alternate rounds, so that a noisy machine hits both.
One JSON line per figure; exit code 1 when a goal is missed.

    python benchmarks/sampler.py [--rounds 15]
"""

import argparse
import dataclasses
import json
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline  # noqa: E402
from diffusers.utils import logging  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from generation.pocket import WEIGHTS  # noqa: E402
from generation.sampler.engine import Engine  # noqa: E402
from generation.sampler.request import DrawRequest  # noqa: E402

GOAL_SPEED = 0.97
GOAL_LORA = 5.0  # what the peer's own hot swap reaches


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=15)
    rounds = options.parse_args().rounds
    logging.set_verbosity_error()
    engine = Engine("cpu", threads=1)
    pipeline = StableDiffusionPipeline.from_pretrained(WEIGHTS, dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config, use_karras_sigmas=True)
    ask = DrawRequest(
        base=WEIGHTS, prompt="a red star on a blue background", width=128, height=128, steps=20, cfg_scale=5.0, seed=7
    )
    held = [picture(engine, pipeline, ask, rounds), lora(engine, pipeline, ask, max(5, rounds // 2))]
    sys.exit(0 if all(held) else 1)


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
    same = say("picture_difference", difference, "levels", 0, "<= 1", difference <= 1)
    fast = say(
        "picture_speed_over_pipeline", round(ratio, 3), "x",
        f"{statistics.median(peers):.3f} s against {statistics.median(mine):.3f} s", f">= {GOAL_SPEED}", ratio >= GOAL_SPEED,
    )  # fmt: skip
    four = dataclasses.replace(ask, count=4)
    start = time.perf_counter()
    list(engine.draw(four))
    say("picture_in_a_batch_of_four", round((time.perf_counter() - start) / 4, 3), "s", None, None, None)
    return same and fast


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
    return say(
        "lora_change_speed_over_pipeline", round(ratio, 1), "x",
        f"{statistics.median(peers) * 1000:.1f} ms against {statistics.median(mine) * 1000:.1f} ms",
        f">= {GOAL_LORA}", ratio >= GOAL_LORA,
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


def say(figure, value, unit, peer, goal, holds):
    print(
        json.dumps({"figure": figure, "value": value, "unit": unit, "peer": peer, "goal": goal, "holds": holds}),
        flush=True,
    )
    return holds


if __name__ == "__main__":
    main()
