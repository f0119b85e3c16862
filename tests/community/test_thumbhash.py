"""Own code, held against what the reference implementation gives."""

import base64
import io

import pytest
from PIL import Image

from community.pixels import thumbhash

REFERENCE = "XRgODZpwd4eBiIiHiHiIh3iACPeI"


def pattern(width=32, height=24, alpha=255):
    return bytes(
        v for y in range(height) for x in range(width) for v in (x * 8 % 256, y * 10 % 256, (x + y) * 4 % 256, alpha)
    )


def nibbles(text):
    return [half for byte in base64.b64decode(text) for half in (byte & 15, byte >> 4)]


def test_it_is_what_the_reference_gives():
    """To the last step of a wave that is not there: exactly between 7 and 8, where programs round as they like."""
    mine, theirs = nibbles(thumbhash.encode(32, 24, pattern())), nibbles(REFERENCE)
    assert mine[:10] == theirs[:10] and len(mine) == len(theirs)
    assert all(one == other or {one, other} == {7, 8} for one, other in zip(mine, theirs, strict=True))


@pytest.mark.parametrize("alpha", [255, 90])
def test_it_comes_back_near_the_mean(alpha):
    text = thumbhash.encode(32, 24, pattern(alpha=alpha))
    width, height, rgba = thumbhash.decode(text, 16)
    assert width > height and len(rgba) == 4 * width * height
    for channel in range(4):
        there, back = pattern(alpha=alpha)[channel::4], rgba[channel::4]
        assert abs(sum(there) / len(there) - sum(back) / len(back)) < 12


def test_its_address_is_a_small_picture():
    head, _, body = thumbhash.data_url(REFERENCE).partition(",")
    assert head == "data:image/png;base64"
    assert max(Image.open(io.BytesIO(base64.b64decode(body))).size) == 8


@pytest.mark.parametrize("text", ["", "x", "!!!", "AAAA", "é", REFERENCE[:8]])
def test_what_is_no_hash_never_crashes(text):
    assert isinstance(thumbhash.data_url(text), str)


@pytest.mark.parametrize("size", [(1, 1), (100, 1), (1, 100)])
def test_odd_shapes_are_taken(size):
    assert thumbhash.data_url(thumbhash.encode(*size, bytes(4 * size[0] * size[1])))


def test_large_pictures_are_not_its_business():
    with pytest.raises(ValueError):
        thumbhash.encode(101, 10, bytes(4040))
