"""Makes the weights: `python -m generation.pocket.train all --folder scratch/` (two and a half hours on two idle cores).

Each stage can be run alone, killed, and started again; it goes on from its checkpoint. Stages: tokenizer,
data, vae, denoiser, anime, realistic, report, all. What comes out lies in FOLDER/model, a diffusers
pipeline, with anime.safetensors and realistic.safetensors beside it; the stage `install`, never part of
all, puts it into the package.
"""

import argparse
import json
import shutil
from functools import partial
from pathlib import Path

import torch

from . import WEIGHTS, dataset, report
from .card import write_card
from .denoiser import train_denoiser
from .loop import Plan, in_parallel
from .scenes import Mix
from .styles import STYLES
from .tokenizer import make_tokenizer
from .vae import train_vae
from .variants import VARIANTS, difference

PICTURES, TEXTURES, VARIANT_PICTURES = 20_000, 3_000, 3_000


def tokenizer(folder, options):
    make_tokenizer(folder / "tokenizer")


def data(folder, options):
    dataset.build(folder, pictures=PICTURES, textures=TEXTURES)


def vae(folder, options):
    work = partial(train_vae, folder / "vae", folder, minutes=options.vae_minutes, low_precision=options.bf16)
    in_parallel(work, rendezvous=folder / "rendezvous", niceness=options.nice)


def denoiser(folder, options):
    plan = Plan(learning_rate=1.2e-3, minutes=options.minutes, save_every_s=240, seed=1)
    work = partial(
        train_denoiser,
        folder / "model",
        options.start,
        folder,
        plan=plan,
        low_precision=options.bf16,
        count=options.count,
    )
    in_parallel(work, rendezvous=folder / "rendezvous", niceness=options.nice)


def variant(name, folder, options):
    """Fine-tune on pictures of one style whose captions do not name it, and keep the difference."""
    pictures, tuned = folder / name, folder / f"model-{name}"
    styles = tuple(float(style == name) for style in STYLES)
    dataset.build(pictures, pictures=VARIANT_PICTURES, seed=50 + VARIANTS.index(name), mix=Mix(styles=styles))
    plan = Plan(learning_rate=4e-4, minutes=options.variant_minutes, warmup=30, average_decay=0.99, seed=2)
    work = partial(
        train_denoiser, tuned, folder / "model", pictures, plan=plan, low_precision=options.bf16, silent_style=0.85
    )
    in_parallel(work, rendezvous=folder / "rendezvous", niceness=options.nice)
    difference(folder / "model", tuned, folder / "model" / f"{name}.safetensors")


def tell(folder, options):
    torch.set_num_threads(1)
    result = report.measure(folder / "model", count=options.questions, pictures=folder)
    trained = report.trained(folder)
    if options.start:
        trained = with_earlier(trained, json.loads((options.start / "report.json").read_text())["training"])
    report.write(folder / "model", result | {"training": trained})


def with_earlier(trained, earlier):
    """Stages of this run on top of those that its start had behind it: what was gone on with is added up."""
    goes_on = "text encoder and UNet"
    added = {name: trained[goes_on][name] + earlier[goes_on][name] for name in ("steps", "minutes")}
    return earlier | trained | {goes_on: added}


def install(folder, options):
    """Into the package: the weights, and the model card from their report."""
    shutil.copytree(folder / "model", WEIGHTS, dirs_exist_ok=True)
    write_card(json.loads((WEIGHTS / "report.json").read_text()), WEIGHTS.parent / "README.md")


STAGES = {
    "tokenizer": tokenizer,
    "data": data,
    "vae": vae,
    "denoiser": denoiser,
    "anime": partial(variant, "anime"),
    "realistic": partial(variant, "realistic"),
    "report": tell,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=[*STAGES, "all", "install"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--vae-minutes", type=float, default=20)
    parser.add_argument("--minutes", type=float, default=100, help="of the text encoder and UNet")
    parser.add_argument("--start", type=Path, help="a pipeline whose text encoder and UNet the denoiser goes on from")
    parser.add_argument("--variant-minutes", type=float, default=10)
    parser.add_argument("--count", type=int, default=PICTURES, help="pictures used of the data set")
    parser.add_argument("--questions", type=int, default=100, help="pictures drawn for each figure of the report")
    parser.add_argument(
        "--no-bf16", dest="bf16", action="store_false", help="where bfloat16 is slow (no AVX512-BF16, no AMX)"
    )
    parser.add_argument("--nice", type=int, default=10, help="how far below the machine's other work, 0 to 19")
    options = parser.parse_args()
    stages = STAGES if options.stage == "all" else [options.stage]
    for name in stages:
        (STAGES | {"install": install})[name](options.folder.resolve(), options)


if __name__ == "__main__":
    main()
