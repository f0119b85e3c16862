"""What twenty pictures and three hundred steps teach: the time, the style of prompts that were not trained, and what is kept.

Samples after each of six epochs are drawn within the time, as the worker draws them. CPU seconds of one thread: a busy
machine does not change them much, and a second core only helps.

    python -m benchmarks.style [--epochs 6] [--repeats 20] [--prompts 24]
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._telling import tell

GOAL_S, GOAL_ABOVE, GOAL_WAY, GOAL_BACKGROUND = 180, 0.08, 0.5, 0.95
SAMPLES = ("a red circle on a blue background", "a yellow star in the night sky", "a green house on a white background")


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--prompts", type=int, default=24)
    asked = parser.parse_args(arguments)

    import numpy as np
    import torch

    from generation.pocket.captions import plain_caption
    from generation.pocket.checker import score, stripes
    from generation.sampler.engine import Engine
    from tests.factories import training as make
    from training.trainer.settings import Settings

    torch.set_num_threads(1)
    settings = Settings(epochs=asked.epochs, repeats=asked.repeats)
    engine = Engine("cpu", threads=1)
    scenes = make.scenes(asked.prompts, np.random.default_rng(99))
    prompts = [f"{make.TRIGGER}, {plain_caption(scene)}" for scene in scenes]
    with tempfile.TemporaryDirectory(prefix="bench-style-") as folder:
        pairs = make.write_pairs(Path(folder), count=20)
        wall, cpu = time.perf_counter(), time.process_time()
        lora = _train(engine, pairs, settings, Path(folder))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        without, taught = (_draw(engine, prompts, loras) for loras in ((), ((lora, 1.0),)))
        reached = _what_the_vae_lets_through(pairs)
    before, after = (float(np.mean([stripes(picture) for picture in pictures])) for pictures in (without, taught))
    way, kept, was = (after - before) / (reached - before), score(scenes, taught), score(scenes, without)
    steps = settings.steps(20)
    missed = tell(
        f"twenty pictures, {steps} steps, samples included", round(cpu, 1), "CPU s", peer=f"{wall:.0f} s by the clock",
        goal=f"<= {GOAL_S}", holds=cpu <= GOAL_S,
    )  # fmt: skip
    missed += tell(
        "style of unseen prompts, above without the LoRA", round(after - before, 3), "score",
        peer=f"{before:.3f} without, {after:.3f} with", goal=f">= {GOAL_ABOVE}", holds=after - before >= GOAL_ABOVE,
    )  # fmt: skip
    missed += tell(
        "way from the base to the pictures, as the VAE lets through", round(way, 2), "of 1", peer=f"{reached:.3f}",
        goal=f">= {GOAL_WAY}", holds=way >= GOAL_WAY,
    )  # fmt: skip
    missed += tell(
        "background right with the LoRA", kept["background"], "of 1", peer=f"{was['background']} without",
        goal=f">= {GOAL_BACKGROUND}", holds=kept["background"] >= GOAL_BACKGROUND,
    )  # fmt: skip
    return missed + tell("subject right with the LoRA", kept["subject"], "of 1", peer=f"{was['subject']} without")


def _base():
    import torch

    from generation.pocket import WEIGHTS
    from generation.sampler.bases import load_base

    return load_base(WEIGHTS, key="style", device=torch.device("cpu"), dtype=torch.float32)


def _train(engine, pairs, settings, folder):
    from training.trainer.loop import Training
    from training.trainer.material import prepare
    from training.trainer.writing import write

    base = _base()
    training = Training(base, prepare(base, pairs, settings), settings)
    captions = [caption for _path, caption in pairs]
    for progress in training.go():
        if progress.is_epoch_end:
            path = folder / f"{progress.epoch}.safetensors"
            told = {"settings": settings, "step": progress.step, "epoch": progress.epoch, "captions": captions}
            write(path, training.tensors(), title="Stripes", **told)
            _draw(engine, SAMPLES, ((path, 1.0),))
    return path


def _draw(engine, prompts, loras):
    import numpy as np

    from generation.pocket import WEIGHTS
    from generation.sampler.request import DrawRequest

    wishes = [
        DrawRequest(
            base=WEIGHTS, prompt=prompt, width=128, height=128, steps=20, cfg_scale=5.0, seed=100 + n, loras=loras
        )
        for n, prompt in enumerate(prompts)
    ]
    return [np.asarray(next(iter(engine.draw(wish))).image) for wish in wishes]


def _what_the_vae_lets_through(pairs):
    """The score of the training pictures themselves after the VAE: nothing that is drawn can be above it."""
    import numpy as np
    import torch

    from generation.pocket.checker import stripes
    from training.trainer.material import _encode, _pixels

    base = _base()
    scores = []
    with torch.inference_mode():
        for path, _caption in pairs:
            latents = _encode(base, _pixels(path, 128)) / base.vae.config.scaling_factor
            picture = base.vae.decode(latents).sample[0].permute(1, 2, 0)
            scores.append(stripes(((picture + 1) * 127.5).clamp(0, 255).round().byte().numpy()))
    return float(np.mean(scores))


if __name__ == "__main__":
    sys.exit(main())
