"""The model card, generation/pocket/README.md, written from report.json so that it can't claim other figures."""

from pathlib import Path

SETS = {
    "trained combinations": "colour × subject pairs that it was trained on",
    "combinations never trained": "pairs that it never saw",
    "with size and position words": "with a size or a position asked for",
    "small ones": "small ones",
}
ASPECTS = ("colour", "background", "subject", "position", "size")
GOALS = "98 % of subjects, 95 % of those of pairs never seen, 92 % of small ones, 31 dB"

CARD = """# The pocket model

<!-- Written by `python -m generation.pocket.train install` from weights/report.json and card.py: change those. -->

A Stable Diffusion that fits into the repository: 3.8 million parameters, pictures of 128 × 128 pixels, trained from
nothing on two CPU cores on pictures that a program drew. Nobody's work is in it. With it, generating and training are real
on a laptop, offline, and in tests: prompts steer it, and a LoRA trained on twenty pictures moves it towards their style.

`WEIGHTS` is a diffusers folder (fp16 safetensors). `variants.merge("anime" or "realistic", to)` writes a folder with a
variant's difference added; those turn the look that comes without a style word.

## How well prompts steer it

{count} pictures for each line, {steps} steps of {sampler}, CFG {guidance}, one seed each, nothing picked out; flat style, plain
backgrounds. Only the second line asks for what training never showed: the pair of colour and subject itself. The others
ask for pairs that it knows, on new noise. Pictures are read back by `checker.py`, which is right in at least 99 of 100
pictures that `scenes.py` draws. With {count} pictures a share is good to about ±{error} points.

{table}

The VAE alone: {scenes_db} dB on drawn scenes, {textures_db} dB on stripes and dots, which no scene has. One picture takes
{seconds} CPU-seconds on one thread, batched.

The goals are {goals}. Where a figure falls short,
the stage that makes it was given less time than the recipe wants; shapes come last, after colours, places and sizes.

## What it knows

- 14 subjects: {subjects}.
- 12 colours: {colours}; as the subject's colour, and as a plain or gradient background.
- 4 places: {places}. 3 sizes, 5 positions. 3 styles: flat (the default), anime, realistic.
- "blurry, low quality" and its like mean blurred, so that negative prompts do something.

## How it is built

| part | shape | parameters |
|---|---|---|
| tokenizer | `CLIPTokenizer`, byte-level BPE of about a thousand entries; every known word is one token, all else is spelt | |
| text encoder | `CLIPTextModel`, width 96, 2 layers, 4 heads, 77 positions; trained together with the UNet | 0.28 M |
| UNet | 48, 64, 96 channels, 1 layer a block, cross-attention on two levels and in the middle, v-prediction | 2.53 M |
| VAE | 16, 32, 64, 64 channels, 4 latent channels, 8 × down | 0.95 M |

## How it was trained

20,000 pictures drawn from signed distance functions (`drawing.py`, `scenes.py`, `styles.py`), four captions each from
templates (`captions.py`); a tenth of the colour × subject pairs is left out. The VAE learns on crops of 32, 64 and 128
pixels, a quarter of them random textures; the text encoder and the UNet on cached latents, a tenth of the captions empty.

{training}

    python -m generation.pocket.train all --folder scratch/      # about two and a half hours on two idle cores
    python -m generation.pocket.train install --folder scratch/  # into weights/, and this card

Each stage can be killed and started again. Two one-thread processes share the gradient, at low priority.

## Limits

- It draws these subjects and nothing else. A word that it does not know changes next to nothing.
- One subject a picture. No counting, no relations, no text. Made for 128 × 128; 256 × 256 repeats itself.
- Edges are soft, and details under six pixels (a small cat's eyes) do not survive the 8 × VAE.
- The variants were fine-tuned for minutes, and are kept as rank-16 differences.
- The figures above are for flat pictures on plain backgrounds. Places, anime and realistic are not counted.
"""


def write_card(result: dict, to: Path):
    """``result``: what `report.measure` returns."""
    from .scenes import COLOUR_NAMES, PLACES, SUBJECT_NAMES

    count = result["pictures of each"]
    text = CARD.format(
        count=count,
        steps=result["steps"],
        sampler=result["sampler"],
        guidance=f"{result['guidance']:g}",
        error=round(200 * (0.9 * 0.1 / count) ** 0.5),
        table=_table(result),
        scenes_db=result["vae fidelity dB"],
        textures_db=result["vae fidelity on stripes and dots dB"],
        seconds=result["cpu seconds a picture"],
        goals=GOALS,
        subjects=", ".join(SUBJECT_NAMES),
        colours=", ".join(COLOUR_NAMES),
        places=", ".join(PLACES),
        training=_training(result["training"]),
    )
    to.write_text(text)


def _table(result):
    rows = ["| prompts | " + " | ".join(ASPECTS) + " |", "|---" * (len(ASPECTS) + 1) + "|"]
    for key, title in SETS.items():
        shares = [f"{result[key][aspect]:.0%}" if aspect in result[key] else "" for aspect in ASPECTS]
        rows.append(f"| {title} | " + " | ".join(shares) + " |")
    return "\n".join(rows)


def _training(stages):
    rows = ["| stage | steps | minutes on two shared cores |", "|---|---|---|"]
    rows += [f"| {name} | {stage['steps']:,} | {stage['minutes']:.0f} |" for name, stage in stages.items()]
    return "\n".join(rows)
