"""Every pair of colours that carries text or an edge, computed from the tokens themselves."""

import math
import re

import pytest

from tests.design.reading import BASE

SOURCE = (BASE / "static/css/tokens.css").read_text()


def _oklch(text):
    lightness, chroma, hue = (float(part) for part in text.split("/")[0].split())
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return [min(max(channel, 0), 1) for channel in linear]


def colour(token, theme):
    value = re.search(rf"--{token}: (.*?);", SOURCE).group(1)
    found = re.findall(r"oklch\(([^)]*)\)", value)
    return _oklch(found[{"light": 0, "dark": -1}[theme]])


def contrast(one, other):
    first, second = sorted((0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


TEXT = [(ink, ground) for ink in ("ink", "ink-2") for ground in ("page", "surface", "raised", "sunk", "fill", "fill-2")]
TEXT += [("ink-3", ground) for ground in ("page", "surface", "raised", "sunk", "fill", "fill-2")]
TEXT += [(meaning, f"{meaning}-tint") for meaning in ("ok", "warn", "danger", "info")]
TEXT += [
    (meaning, ground)
    for meaning in ("ok", "warn", "danger", "info", "accent-ink")
    for ground in ("page", "surface", "raised")
]
TEXT += [
    ("accent-ink", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-2"),
    ("ink", "field"),
    ("ink-3", "field"),
]
TEXT += [("ink", f"{meaning}-tint") for meaning in ("ok", "warn", "danger", "info", "accent")]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(ink, ground, theme):
    assert contrast(colour(ink, theme), colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_body_text_is_easy_to_read(theme):
    for ground in ("page", "surface", "raised"):
        assert contrast(colour("ink", theme), colour(ground, theme)) >= 7
        assert contrast(colour("ink-2", theme), colour(ground, theme)) >= 7


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("edge", ["edge", "accent-line"])
def test_edges_and_rings_are_seen(edge, theme):
    for ground in ("page", "surface"):
        assert contrast(colour(edge, theme), colour(ground, theme)) >= 3


def test_the_measure_itself():
    assert contrast([0, 0, 0], [1, 1, 1]) == pytest.approx(21)
    assert contrast(_oklch("0.5 0 0"), _oklch("0.5 0 0")) == pytest.approx(1)
