"""What a stranger's file becomes."""

import io

import pytest
from PIL import Image

from civitai import adapters, storages
from civitai.errors import Refused
from civitai.levels import Level
from community import tasks
from community.domain import decoding, pictures
from community.models import Picture
from community.states import PictureState
from tests.factories.community import chunk, image, noise, png_claiming, ready, stored

pytestmark = pytest.mark.django_db


def test_a_picture_is_measured_and_derived_once(people):
    picture = stored(people.alice, image((500, 700)), filename="sea.png")
    assert picture.state == PictureState.PENDING and picture.level == Level.UNRATED
    tasks.prepare_picture.plain(str(picture.pk))
    picture.refresh_from_db()
    assert picture.state == PictureState.READY
    assert (picture.width, picture.height, picture.widths) == (500, 700, [96, 320, 450, 500])
    assert picture.content_type == "image/png" and picture.tone.startswith("#") and picture.thumbhash
    for width in picture.widths:
        derived = Image.open(io.BytesIO(storages.private().read(picture.derivative_key(width))))
        assert derived.format == "WEBP" and derived.width == width
    before = list(Picture.objects.values())
    changes = picture.history().count()
    tasks.prepare_picture.plain(str(picture.pk))
    assert list(Picture.objects.values()) == before and picture.history().count() == changes


def test_equal_pixels_have_equal_hashes_and_other_files_do_not(people):
    one = ready(people.alice, image(compress_level=1))
    other = ready(people.alice, image(kind="WEBP", lossless=True))
    assert one.pixels_sha256 == other.pixels_sha256 and one.sha256 != other.sha256
    assert ready(people.alice, image(colour="red")).pixels_sha256 != one.pixels_sha256


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_the_four_formats_are_taken(people, kind):
    assert ready(people.alice, image(kind=kind)).content_type == f"image/{kind.lower()}"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixel_is_taken(people, mode):
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).convert("L" if mode == "I;16" else mode).save(out, "PNG")
    if mode == "I;16":
        out = io.BytesIO()
        Image.new("I;16", (40, 30), 30000).save(out, "PNG")
    picture = ready(people.alice, out.getvalue())
    assert picture.state == PictureState.READY and picture.widths == [40]
    if mode == "I;16":
        assert picture.tone == "#747474"  # 30000 of 65535


def test_transparency_is_kept(people):
    picture = ready(people.alice, image(mode="RGBA", colour=None) and _see_through())
    assert Image.open(io.BytesIO(storages.private().read(picture.derivative_key(40)))).mode == "RGBA"


def _see_through():
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (200, 10, 10, 90)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(("turn", "size"), [(1, (40, 20)), (3, (40, 20)), (6, (20, 40)), (8, (20, 40))])
def test_a_camera_that_was_held_otherwise_is_respected(people, turn, size):
    exif = Image.Exif()
    exif[0x0112] = turn
    source = Image.new("RGB", (40, 20), "white")
    source.paste((255, 0, 0), (0, 0, 20, 20))
    out = io.BytesIO()
    source.save(out, "JPEG", exif=exif, quality=95)
    picture = ready(people.alice, out.getvalue())
    assert (picture.width, picture.height) == size
    shown = Image.open(io.BytesIO(storages.private().read(picture.derivative_key(size[0])))).convert("RGB")
    red_at = {1: (5, 10), 3: (35, 10), 6: (10, 5), 8: (10, 35)}[turn]
    red, green, _blue = shown.getpixel(red_at)
    assert red > 200 and green < 90


def test_another_colour_space_is_brought_to_srgb(people):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    broken = ready(people.alice, image(icc_profile=b"nonsense" * 20))
    assert broken.state == PictureState.READY
    odd = ready(people.alice, image(icc_profile=profile.tobytes()))
    assert odd.state == PictureState.READY


def test_what_places_and_names_a_camera_is_in_nothing_that_is_served(people):
    exif = Image.Exif()
    exif[0x010F] = "SpyCam"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    data = image((120, 90), kind="JPEG", exif=exif)
    assert b"SpyCam" in data
    picture = ready(people.alice, data)
    store = storages.private()
    for key in [picture.clean_key, *map(picture.derivative_key, picture.widths)]:
        body = store.read(key)
        assert b"SpyCam" not in body and not Image.open(io.BytesIO(body)).getexif().get_ifd(0x8825)


HOSTILE = {
    "kind": [
        ("text renamed", b"hello, I am no picture at all"),
        ("svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("html", b"<!doctype html><script>alert(1)</script>"),
        ("gif renamed", image(kind="GIF")),
        ("bmp renamed", image(kind="BMP")),
        ("tiff renamed", image(kind="TIFF")),
        ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ("zip", b"PK\x03\x04" + bytes(60)),
    ],
    "broken": [
        ("truncated png", noise()[:2000]),
        ("truncated jpeg", image((900, 900), kind="JPEG", quality=95)[:4000]),
        ("truncated webp", noise("WEBP", lossless=True)[:-2000]),
        ("no pixels", png_claiming(100, 100)),
        ("damaged", noise()[:900] + bytes(200) + noise()[1100:]),
    ],
    "large": [
        ("a bomb by its header", png_claiming(60_000, 60_000, data=bytes(100_000))),
        ("too wide", png_claiming(8193, 10, data=bytes(8193 * 30 + 10))),
    ],
    "animated": [
        ("webp", image(kind="WEBP", save_all=True, append_images=[Image.new("RGB", (64, 80), "red")])),
        ("apng", image(save_all=True, append_images=[Image.new("RGB", (64, 80), "red")])),
    ],
}


@pytest.mark.parametrize(
    ("code", "data"),
    [pytest.param(code, data, id=f"{code}: {what}") for code, cases in HOSTILE.items() for what, data in cases],
)
def test_what_is_no_still_picture_is_refused_with_a_sentence(people, code, data):
    told = []
    adapters.on("picture_refused", lambda picture: told.append(picture.pk))
    try:
        picture = pictures.prepare(stored(people.alice, data, filename="nice.png"))
    finally:
        adapters._hooks["picture_refused"].pop()
    assert (picture.state, picture.refusal) == (PictureState.REFUSED, code)
    assert str(picture.refusal_sentence) != code and len(str(picture.refusal_sentence)) > 30
    assert told == [picture.pk]
    assert not storages.private().exists(picture.clean_key)
    assert pictures.prepare(picture).refusal == code


def test_a_decoder_that_dies_refuses_the_picture_and_nothing_else(people, monkeypatch, tmp_path):
    killer = tmp_path / "python"
    killer.write_text("#!/bin/sh\nkill -SEGV $$\n")
    killer.chmod(0o755)
    monkeypatch.setattr(decoding.sys, "executable", str(killer))
    assert pictures.prepare(stored(people.alice)).refusal == "heavy"


def test_a_decoder_that_hangs_is_ended(people, monkeypatch, tmp_path):
    sleeper = tmp_path / "python"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(decoding.sys, "executable", str(sleeper))
    monkeypatch.setattr(decoding, "PATIENCE_S", 0.5)
    assert pictures.prepare(stored(people.alice)).refusal == "heavy"


def test_our_own_fault_is_no_refusal(people, monkeypatch, tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no module >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(decoding.sys, "executable", str(broken))
    picture = stored(people.alice)
    with pytest.raises(RuntimeError, match="no module"):
        pictures.prepare(picture)
    picture.refresh_from_db()
    assert picture.state == PictureState.PENDING


def test_memory_is_bounded_in_the_child(tmp_path):
    """The bound is set before Pillow loads: what asks for more is refused there, not killed here."""
    import subprocess
    import sys

    code = "from community.pixels import decode; decode.bound(); bytearray(4 * 1024**3)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "MemoryError" in ended.stderr


def test_what_hangs_behind_a_picture_is_not_passed_on(people):
    """A polyglot: a valid PNG that is a page as well, behind its end and in a chunk of its own."""
    plain = image((50, 50))
    evil = b"<html><script>alert(1)</script></html>"
    data = plain[:33] + chunk(b"puNk", evil) + plain[33:] + evil
    picture = ready(people.alice, data)
    assert picture.state == PictureState.READY
    for key in [picture.clean_key, *map(picture.derivative_key, picture.widths)]:
        assert b"script" not in storages.private().read(key)


def test_size_is_bounded_before_anything_is_stored(people, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 1000)
    with pytest.raises(Refused, match="larger"):
        pictures.add(people.alice, bytes(1001))
    with pytest.raises(Refused, match="empty"):
        pictures.add(people.alice, b"")
    assert not Picture.objects.exists()


def test_what_this_site_made_is_ready_at_once_and_kept_as_made(people):
    data = image((128, 128))
    picture = pictures.add_made(people.alice, data)
    assert picture.made_here and picture.state == PictureState.READY and picture.level == Level.PG
    assert storages.private().read(picture.key) == data
    assert picture.widths == [96, 128] and not picture.is_public


def test_a_lost_message_is_sent_again_and_after_a_day_it_ends(people):
    from datetime import timedelta

    from django.utils import timezone

    picture = stored(people.alice)
    pictures.nudge(now=timezone.now() + timedelta(hours=1))
    picture.refresh_from_db()
    assert picture.state == PictureState.PENDING
    pictures.nudge(now=timezone.now() + timedelta(days=2))
    picture.refresh_from_db()
    assert (picture.state, picture.refusal) == (PictureState.REFUSED, "stuck")


def test_what_is_taken_back_leaves_no_object(people):
    picture = ready(people.alice, shown=True)
    tasks.place_picture.plain(str(picture.pk))
    key = picture.derivative_key(64)
    assert storages.public().exists(key)
    pictures.discard([picture])
    for _ in range(2):
        tasks.sweep_picture.plain(str(picture.pk))
    for store in (storages.public(), storages.private()):
        assert not store.exists(key)
    assert not storages.private().exists(picture.key)
    assert Picture.objects.get(pk=picture.pk).state == PictureState.REFUSED


def test_derivatives_lie_in_the_public_store_only_while_shown(people):
    picture = ready(people.alice, shown=True)
    key = picture.derivative_key(64)
    for _ in range(2):
        tasks.place_picture.plain(str(picture.pk))
        assert storages.public().exists(key)
    pictures.conceal([picture])
    for _ in range(2):
        tasks.place_picture.plain(str(picture.pk))
        assert not storages.public().exists(key)
    assert storages.private().exists(key)
