"""The settings of an image as its page names them."""

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


def _short(number):
    return f"{number:g}" if isinstance(number, int | float) else number
