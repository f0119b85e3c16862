"""Pictures drawn by formulas, for a demo site without downloads: numpy and Pillow, no Django.

Each module is one family; its functions take width and height in pixels and return a float array in 0..1, sRGB.
"""

import importlib
import io

# name of a family → module and function
FAMILIES = {
    "silk": "silk.silk", "flow": "flow.flow", "julia": "sets.julia", "turing": "turing.turing", "rose": "rose.rose",
    "panes": "rose.panes", "paper": "paper.paper", "dunes": "dunes.dunes", "marble": "marble.marble",
    "attractor": "attractors.attractor", "flame": "flames.flame", "pebbles": "still.pebbles", "orbs": "still.orbs",
    "arches": "still.arches", "city": "city.city", "sea": "sea.sea", "nebula": "nebula.nebula", "forest": "forest.forest",
    "riso": "riso.riso", "weave": "weave.weave", "bloom": "bloom.bloom",
}  # fmt: skip


def draw(family, size, **how):
    """PNG bytes of a picture of `family`; the same each time for the same arguments."""
    import numpy as np
    from PIL import Image

    module, function = FAMILIES[family].split(".")
    pixels = getattr(importlib.import_module(f"{__name__}.{module}"), function)(*size, **how)
    picture = Image.fromarray((np.clip(np.nan_to_num(pixels), 0, 1) * 255 + 0.5).astype(np.uint8))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()
