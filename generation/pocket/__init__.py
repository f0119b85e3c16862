"""A Stable Diffusion small enough to ship: its weights, and the program that makes them.

``WEIGHTS`` is a diffusers folder (``StableDiffusionPipeline.from_pretrained(WEIGHTS)``) for pictures of
128 x 128 pixels. Beside it lie the variants, which ``variants.merge`` turns into folders of their own.
"""

from pathlib import Path

WEIGHTS = Path(__file__).resolve().parent / "weights"
