"""Steps per second of the trainer beside diffusers' `examples/text_to_image/train_text_to_image_lora.py`.

Same model (pocket), pictures, rank, batch, rate, seed, interpreter and threads; run alternately. Ours pays for its caches
within its time. The script is not shipped: its path is an argument, and without it the figure is skipped. It wants
`datasets` and `torchvision`, so `--python` may name an interpreter that has them beside what the workers need; both
sides are run by it.

    python -m benchmarks training -- --peer PATH [--python PYTHON] [--steps 200] [--rounds 3]

PEER_TRAINER and PEER_PYTHON in the environment say the same to `make bench`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks._telling import skip, tell

GOAL = 1.6
FIGURE = "training steps per second / diffusers' train_text_to_image_lora.py"
PICTURES, RANK, BATCH, RATE, SEED = 20, 16, 8, 1e-3, 0
SIDES = Path(__file__).with_name("_training.py")


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", default=os.environ.get("PEER_TRAINER", ""))
    parser.add_argument("--python", default=os.environ.get("PEER_PYTHON", sys.executable))
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    if asked.steps % 5:
        parser.error("--steps: a multiple of five, so that repeats of the pictures come out even")
    if not asked.peer or not Path(asked.peer).is_file():
        return skip(FIGURE, "give the script's path: python -m benchmarks training -- --peer PATH")
    with tempfile.TemporaryDirectory(prefix="bench-training-") as folder:
        pictures = write_pictures(Path(folder) / "pictures")
        mine, theirs = [], []
        for number in range(asked.rounds):
            mine.append(_run(asked.python, "ours", str(pictures), json.dumps(settings(asked.steps))))
            theirs.append(
                _run(asked.python, "peer", asked.peer, *peer_arguments(folder, pictures, asked.steps, number))
            )
    assert all(told["steps"] == asked.steps for told in mine + theirs), (mine, theirs)
    ours, peer = _per_second(mine, "cpu_s"), _per_second(theirs, "cpu_s")
    ratio = round(ours / peer, 2)
    said = f"{_per_second(theirs, 'wall_s'):.2f}/s by the clock, ours {_per_second(mine, 'wall_s'):.2f}/s"
    missed = tell("training steps per CPU second, caches included", round(ours, 2), "1/s", peer=f"{peer:.2f}/s; {said}")
    return missed + tell(FIGURE, ratio, "x", peer=f"{asked.steps} steps", goal=f">= {GOAL}", holds=ratio >= GOAL)


def write_pictures(folder):
    """Twenty pictures with captions, as the peer reads them."""
    from tests.factories.training import write_pairs

    folder.mkdir(parents=True)
    rows = [{"file_name": path.name, "text": caption} for path, caption in write_pairs(folder, count=PICTURES)]
    (folder / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def settings(steps):
    """One epoch of `steps` steps."""
    repeats = steps * BATCH // PICTURES
    # The peer learns the attention alone.
    return {"rank": RANK, "alpha": float(RANK), "layers": "attention", "learning_rate": RATE, "batch_size": BATCH, "epochs": 1, "repeats": repeats,
            "warmup": 0, "resolution": 128, "caption_dropout": 0.0, "seed": SEED}  # fmt: skip


def peer_arguments(folder, pictures, steps, number):
    from generation.pocket import WEIGHTS

    told = {
        "pretrained_model_name_or_path": WEIGHTS, "train_data_dir": pictures, "output_dir": f"{folder}/peer-{number}",
        "cache_dir": f"{folder}/cache", "caption_column": "text", "resolution": 128, "train_batch_size": BATCH,
        "max_train_steps": steps, "rank": RANK, "learning_rate": RATE, "lr_scheduler": "cosine", "lr_warmup_steps": 0,
        "snr_gamma": 5, "seed": SEED, "checkpointing_steps": 1_000_000,
    }  # fmt: skip
    return ["--center_crop", *[f"--{name}={value}" for name, value in told.items()]]


def _run(python, *arguments):
    """The last line that the side printed. One thread each: two on shared cores cost more than they give."""
    env = {
        **os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }  # fmt: skip
    done = subprocess.run([python, str(SIDES), *arguments], env=env, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"steps"')]
    if done.returncode or not lines:
        raise RuntimeError(f"{arguments[0]} did not finish:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return json.loads(lines[-1])


def _per_second(told, what):
    return median(one["steps"] / one[what] for one in told)


if __name__ == "__main__":
    sys.exit(main())
