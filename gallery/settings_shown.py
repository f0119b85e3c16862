"""The settings of an image as its page names them."""

import re

from django.utils.translation import gettext as _


def pairs_of(image):
    """Dicts for components/pairs.html; only what is known."""
    kept = image.settings
    width, height = kept.get("width") or image.picture.width, kept.get("height") or image.picture.height
    pairs = [
        (_("Size"), f"{width} × {height}" if width and height else ""),
        (_("Steps"), kept.get("steps")),
        (_("Guidance"), _short(kept.get("cfg_scale"))),
        (_("Sampler"), kept.get("sampler")),
        (_("Schedule"), kept.get("schedule")),
        (_("Seed"), kept.get("seed")),
        (_("Clip skip"), kept.get("clip_skip")),
    ]
    return [
        {"name": name, "value": value, "mono": name == _("Seed")} for name, value in pairs if value not in (None, "")
    ]


_MARKS = re.compile(r"(<(?:lora|lyco|hypernet):[^<>\n]{1,240}>)|(\([^()<>\n]{1,240}:\d{1,2}(?:\.\d{1,3})?\))")


def parts_of_prompt(text):
    """[(kind, part)] that joined are the text: "tag" names a LoRA, "weight" is stressed, "" is the rest."""
    parts, at = [], 0
    for found in _MARKS.finditer(text):
        if found.start() > at:
            parts.append(("", text[at : found.start()]))
        parts.append(("tag" if found[1] else "weight", found[0]))
        at = found.end()
    return [*parts, ("", text[at:])] if at < len(text) else parts


def _short(number):
    return f"{number:g}" if isinstance(number, int | float) else number
