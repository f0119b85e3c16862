"""Pixels untouched, generation text kept, everything else gone; judged by Pillow, another program."""

import io
import struct

import pytest
from PIL import Image

from gallery.metadata import clean, reader

TEXT = "a paper moon, ärmel ✂\nNegative prompt: blur\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 64x48"


def source():
    return Image.linear_gradient("L").resize((64, 48)).convert("RGB")


def full_exif(turn=1, text=TEXT):
    exif = Image.Exif()
    exif[0x0112] = turn
    exif[0x010F] = "SpyCam"
    exif[0x0110] = "Model 7"
    exif[0x9C9B] = "title".encode("utf-16-le")
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode("utf-16-be")
    exif.get_ifd(0x8769)[0xA434] = "A lens with a serial number"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    return exif


def saved(kind, **options):
    out = io.BytesIO()
    source().save(out, kind, **options)
    return out.getvalue()


CASES = {
    "jpeg": lambda: saved("JPEG", exif=full_exif(), comment=b"secret comment", xmp=b"<x:xmpmeta secret/>"),
    "progressive jpeg": lambda: saved("JPEG", exif=full_exif(), progressive=True, subsampling=2),
    "webp": lambda: saved("WEBP", exif=full_exif(), xmp=b"<x:xmpmeta secret/>", lossless=True),
    "lossy webp": lambda: saved("WEBP", exif=full_exif()),
}


@pytest.mark.parametrize("case", CASES)
def test_only_pixels_and_generation_text_stay(case):
    data = CASES[case]() + b"<script>tail secret</script>"
    assert b"SpyCam" in data
    out = clean.cleaned(data)
    for mark in (b"SpyCam", b"Model 7", b"serial number", b"secret", b"t\0i\0t\0l\0e\0"):
        assert mark not in out
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(out))
    assert before.tobytes() == after.tobytes()
    assert not after.getexif().get_ifd(0x8825)
    assert reader.read(io.BytesIO(out)).text == TEXT
    assert clean.cleaned(out) == out


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("turn", [1, 6, 8])
def test_a_turned_picture_stays_turned(kind, turn):
    out = clean.cleaned(saved(kind, exif=full_exif(turn)))
    assert Image.open(io.BytesIO(out)).getexif().get(0x0112, 1) == turn


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_nothing_to_keep_leaves_no_exif(kind):
    out = clean.cleaned(saved(kind, exif=full_exif(text="")))
    assert b"Exif" not in out and not Image.open(io.BytesIO(out)).getexif()


def test_profiles_stay_and_hidden_thumbnails_go():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "WEBP"):
        assert Image.open(io.BytesIO(clean.cleaned(saved(kind, icc_profile=profile)))).info["icc_profile"] == profile
    plain = saved("JPEG")
    assert plain[2:4] == b"\xff\xe0"
    (length,) = struct.unpack_from(">H", plain, 4)
    fat = b"\xff\xe0" + struct.pack(">H", length + 12) + plain[6:18] + b"\x02\x02" + b"THUMBNAIL..!"
    out = clean.cleaned(plain[:2] + fat + plain[4 + length :])
    assert b"THUMB" not in out and Image.open(io.BytesIO(out)).tobytes() == Image.open(io.BytesIO(plain)).tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_what_is_cut_short_has_no_copy(kind):
    data = saved(kind)
    for length in (3, 13, 30, len(data) // 2, len(data) - 3):
        assert clean.cleaned(data[:length]) is None


def test_other_formats_have_no_copy():
    assert clean.cleaned(saved("GIF")) is None and clean.cleaned(b"") is None


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("turn", [1, 6])
def test_texts_are_told_anew_and_the_coded_pixels_are_the_same_bytes(case, turn):
    """Judged by Pillow; the scan or the VP8 chunk is compared as bytes, so nothing was encoded again."""
    data = saved("JPEG" if "jpeg" in case else "WEBP", exif=full_exif(turn, TEXT.replace("paper", "Helena Prado")))
    if case == "webp":
        data = CASES[case]()
    out = clean.rewritten(data, lambda text: text.replace("Helena Prado", "paper"))
    assert reader.read(io.BytesIO(out)).text == TEXT
    assert Image.open(io.BytesIO(out)).tobytes() == Image.open(io.BytesIO(data)).tobytes()
    assert b"H\0e\0l\0e\0n\0a" not in out and b"SpyCam" not in out
    assert coded_in(data) in out
    assert Image.open(io.BytesIO(out)).getexif().get(0x0112, 1) == (turn if case != "webp" else 1)


def coded_in(data):
    """The bytes that the pixels are coded in."""
    if data[:2] == b"\xff\xd8":
        return data[data.rindex(b"\xff\xda") :]
    at = data.rindex(b"VP8")
    while data[at : at + 4] not in (b"VP8 ", b"VP8L"):
        at = data.rindex(b"VP8", 0, at)
    return data[at : at + 8 + struct.unpack_from("<I", data, at + 4)[0]]


def test_a_graph_in_a_webp_stays_a_graph():
    exif = Image.Exif()
    exif[0x010F] = 'prompt:{"3": {"inputs": {"lora_name": "helena_prado"}}}'
    import json

    out = clean.rewritten(
        saved("WEBP", exif=exif), lambda text: json.dumps(json.loads(text.replace("helena_prado", "print")))
    )
    told = Image.open(io.BytesIO(out)).getexif()[0x010F]
    assert told.startswith("prompt:{") and json.loads(told.partition(":")[2])["3"]["inputs"]["lora_name"] == "print"


def test_what_is_broken_is_not_told_anew():
    assert clean.rewritten(b"\xff\xd8\xff\xe1\xff\xff", str) is None and clean.rewritten(b"GIF89a", str) is None
