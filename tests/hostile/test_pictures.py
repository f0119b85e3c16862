"""Hostile pictures, from an upload to what is served of them."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image, PngImagePlugin

from civitai import storages
from community.domain import pictures
from community.models import Picture
from gallery.domain import posting, recipes
from gallery.metadata import reader
from tests.factories.community import chunk, image, png_claiming, stored

pytestmark = pytest.mark.django_db


def prepared(owner, data, name="nice.png"):
    return pictures.prepare(stored(owner, data, filename=name))


def refused(owner, data, name="nice.png"):
    picture = prepared(owner, data, name)
    assert picture.state == "refused" and len(str(picture.refusal_sentence)) > 20
    return picture.refusal


# The last two are of few pixels, and too long for every page and every layout.
@pytest.mark.parametrize("size", [(51_200, 51_200), (13_312, 13_312), (8_193, 40), (40, 8_193)])
def test_badinput_17_a_picture_is_judged_by_its_header_before_it_is_decoded(people, size):
    assert refused(people.alice, png_claiming(*size)) == "large"


def test_badinput_18_moving_pictures_are_refused_whatever_their_size(people):
    frames = [Image.new("P", (400, 400), number) for number in range(20)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    refused(people.alice, buffer.getvalue(), "nice.gif.png")


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_badinput_19_a_text_that_unpacks_to_200_mb_is_no_500(people, kind):
    packed = zlib.compress(b"a" * (200 << 20), 9)
    body = b"parameters\0\0" + packed if kind == b"zTXt" else b"parameters\0\1\0\0\0" + packed
    plain = image((40, 40))
    at = plain.index(b"IDAT") - 4
    picture = prepared(people.alice, plain[:at] + chunk(kind, body) + plain[at:])
    assert picture.state in ("ready", "refused") and len(picture.generation_text) < 1_000_000


def test_badinput_20_what_hangs_behind_a_picture_is_served_by_nobody(people):
    tail = b"<html><script>alert(document.domain)</script>"
    picture = prepared(people.alice, image((50, 50)) + tail)
    assert picture.state == "ready"
    for width in picture.widths:
        assert tail not in storages.private().read(picture.derivative_key(width))
    assert tail not in storages.private().read(picture.clean_key), "nor in the download"


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7\n" + bytes(100),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"8BPS\0\1" + bytes(100),
        b"\xd7\xcd\xc6\x9a" + bytes(100),
        b"II*\0" + bytes(100),
        b"\0\0\1\0\1\0" + bytes(100),
    ],
    ids=["svg", "html", "pdf", "eps", "psd", "wmf", "tiff", "ico"],
)
def test_badinput_21_only_four_formats_are_opened(people, data):
    assert refused(people.alice, data) == "kind"


def test_badinput_22_the_decoder_names_the_type_and_not_the_file(client, people):
    picture = prepared(people.alice, image(kind="JPEG"), "nice.png")
    assert picture.content_type == "image/jpeg"
    pictures.show([picture])
    Picture.objects.filter(pk=picture.pk).update(level=1)
    pictures.place(Picture.objects.get(pk=picture.pk))
    served = client.get(picture.url(320))
    assert served["Content-Type"] == "image/webp" and served["X-Content-Type-Options"] == "nosniff"


def with_gps():
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    exif[0x010F], exif[0xA431] = "Camera Maker", "SERIAL-4711"
    buffer = io.BytesIO()
    Image.new("RGB", (200, 100), "teal").save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_badinput_23_no_served_copy_tells_where_it_was_taken(people):
    data = with_gps()
    assert b"SERIAL-4711" in data and Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    picture = prepared(people.alice, data, "nice.jpg")
    keys = [picture.clean_key, *map(picture.derivative_key, picture.widths)]
    for key in keys:
        served = storages.private().read(key)
        assert b"SERIAL-4711" not in served and b"Camera Maker" not in served
        assert not Image.open(io.BytesIO(served)).getexif().get_ifd(0x8825)


def test_badinput_23_the_prompt_is_read_before_it_is_stripped(people):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a moon\nSteps: 20, Sampler: Euler a, CFG scale: 5, Seed: 7, Size: 40x40")
    picture = prepared(people.alice, image((40, 40), pnginfo=info))
    assert picture.generation_text.startswith("a moon")
    assert b"a moon" not in storages.private().read(picture.derivative_key(picture.widths[0]))


HOSTILE_TEXTS = [
    "a " * 3_000_000,
    "(" * 50_000 + "a\nSteps: 20, Seed: 1",
    "a\x00b\nSteps: 20, Seed: 1",
    "a\nSteps: 20, Seed: 1, Civitai resources: [" + '{"type":"lora","weight":1e999},' * 2_000,
    "a\nSteps: 20, Seed: 1, Hashes: " + '{"x":' * 5_000,
    '{"1": {"class_type": "KSampler", "inputs": {"model": ["1", 0], "positive": ["1", 0]}}}',
    '{"1": ' * 20_000,
    "a\nSteps: " + "9" * 10_000 + ", Seed: -1e400, CFG scale: nan",
]


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
def test_badinput_24_texts_that_want_to_hurt_their_reader(people, text):
    started = time.process_time()
    found = reader.read_text(text)
    assert time.process_time() - started < 20, "linear, whatever the machine"
    picture = stored(people.alice)
    Picture.objects.filter(pk=picture.pk).update(state="pending", generation_text="")
    assert found is None or len(found.recipe.resources) <= 100


def test_badinput_24_claimed_resources_are_claims(people):
    """A hash that nobody knows names nothing; a number that a text claims links nothing by itself."""
    text = (
        "a moon\nSteps: 20, Seed: 1, Size: 64x80, Model hash: ffffffffff, "
        'Civitai resources: [{"type":"lora","weight":0.8,"modelVersionId":999999999}]'
    )
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", text)
    picture = prepared(people.alice, image(pnginfo=info))
    post = posting.start(people.alice)
    shown = posting.add_image(post, picture, recipe=recipes.found_in(picture))
    assert not shown.resources.filter(version__isnull=False).exists()


def test_sizes_are_whole_numbers_in_their_headers():
    assert struct.unpack(">II", png_claiming(51_200, 51_200)[16:24]) == (51_200, 51_200)
