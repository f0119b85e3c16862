"""Generation text in files: PNG, JPEG and WebP, also such as mean harm."""

import io
import json
import random
import struct
import time
import tracemalloc
import zlib

import pytest
from django.core.management import call_command
from PIL import Image, PngImagePlugin

from gallery.metadata import a1111, png, reader
from gallery.metadata.recipe import LORA, Recipe, Resource, Unreadable
from gallery.published import meta_of_recipe

RECIPE = Recipe(prompt="a red star", negative_prompt="blurry", steps=20, sampler="Euler", cfg_scale=7.0, seed=3)
TEXT = a1111.write(RECIPE)


def picture(kind="PNG", **options):
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(kind, body):
    data = picture()
    return data[:33] + chunk(kind, body) + data[33:]


def read(data):
    return reader.read(io.BytesIO(data))


@pytest.mark.parametrize("prompt", ["a red star", "ação 日本語 🐈", "é only latin", "line\nbreak", "x" * 900_000])
def test_what_is_written_into_a_png_is_read_by_us_and_by_pillow(prompt):
    text = a1111.write(Recipe(prompt=prompt, steps=20, sampler="Euler", seed=3))
    data = png.write_text(picture(), {"parameters": text})
    assert read(data).recipe.prompt == prompt
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["parameters"] == text
        assert image.getpixel((3, 3)) == (200, 30, 30)


def test_writing_again_replaces_the_text():
    data = png.write_text(png.write_text(picture(), {"parameters": "old ✓"}), {"parameters": TEXT})
    assert data.count(b"parameters") == 1 and read(data).text == TEXT


def test_a_lone_surrogate_and_a_nul_do_no_harm():
    data = png.write_text(picture(), {"parameters": "a\ud800b\0c\nSteps: 2, Sampler: Euler, Seed: 1"})
    assert read(data).recipe.prompt == "a?bc"


@pytest.mark.parametrize("zipped", [False, True])
def test_pillows_own_chunks_are_read(zipped):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("parameters", TEXT + "✓", zip=zipped)
    assert read(picture(pnginfo=info)).recipe.prompt == "a red star"
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", TEXT, zip=zipped)
    assert read(picture(pnginfo=info)).recipe == RECIPE


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_a_decompression_bomb_is_left_out_within_bounded_memory(kind):
    bomb = zlib.compress(b"a" * 300_000_000, 9)
    head = b"parameters\0\0" if kind == b"zTXt" else b"parameters\0\1\0\0\0"
    data = with_chunk(kind, head + bomb)
    tracemalloc.start()
    try:
        assert read(data) is None
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_many_large_texts_share_one_bound():
    body = b"parameters%d\0\0" + zlib.compress(b"a" * 3_000_000, 9)
    data = picture()
    data = data[:33] + b"".join(chunk(b"zTXt", body.replace(b"%d", b"%d" % n)) for n in range(60)) + data[33:]
    assert sum(map(len, png.read_texts(io.BytesIO(data)).values())) <= png.MAX_UNPACKED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"parameters",
        b"parameters\0",
        b"parameters\0\1",
        b"parameters\0\1\0",
        b"\0\0\0\0",
        b"parameters\0\1\0\0\0nozlib",
    ],
)
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_broken_text_chunks_are_nothing(kind, body):
    found = read(with_chunk(kind, body))
    assert found is None or found.recipe.steps is None


def test_cut_and_damaged_files_never_raise():
    chance = random.Random(0)
    sources = [png.write_text(picture(), {"parameters": TEXT}), with_exif("JPEG"), with_exif("WEBP")]
    for source in sources:
        for _ in range(300):
            data = bytearray(source[: chance.randrange(len(source))] if chance.random() < 0.5 else source)
            for _ in range(chance.randrange(1, 8)):
                if data:
                    data[chance.randrange(len(data))] = chance.randrange(256)
            read(bytes(data))


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPEXIF\xff\xff\xff\xff", b"GIF89a", png.SIGNATURE]
)
def test_what_is_no_picture_says_nothing(data):
    assert read(data) is None


def test_a_length_beyond_the_file_ends_the_reading():
    assert read(png.SIGNATURE + struct.pack(">I", 0xFFFFFFFF) + b"tEXt" + b"parameters\0a") is None


def with_exif(kind, text=TEXT, encoding="utf-16-be", mark=b"UNICODE\0"):
    exif = Image.Exif()
    exif[0x0131] = "a program"
    exif.get_ifd(0x8769)[0x9286] = mark + text.encode(encoding)
    return picture(kind, exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-16-be", b"UNICODE\0"), ("utf-16-le", b"UNICODE\0"), ("utf-16", b"UNICODE\0"), ("utf-8", b"UNICODE\0"),
     ("ascii", b"ASCII\0\0\0"), ("utf-8", b"UTF8\0\0\0\0"), ("utf-8", b"\0" * 8)],
)  # fmt: skip
def test_user_comments_are_read_in_every_dialect(kind, encoding, mark):
    assert read(with_exif(kind, encoding=encoding, mark=mark)).recipe == RECIPE


def test_japanese_in_a_jpeg():
    assert read(with_exif("JPEG", text=TEXT.replace("red", "赤い"))).recipe.prompt == "a 赤い star"


def test_an_exif_block_that_points_at_itself_ends():
    block = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + b"\0" * 4
    assert read(b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block + b"\xff\xd9") is None


def test_a_cleaned_png_keeps_pixels_and_prompt_alone():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", TEXT)
    info.add_text("Author", "a name")
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    data = picture(pnginfo=info, exif=exif) + b"trailing secrets"
    clean = png.cleaned(data)
    assert read(clean).recipe == RECIPE
    for word in (b"a name", b"a camera", b"secrets", b"eXIf"):
        assert word not in clean
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(clean)) as after:
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("cut", [20, 40, 60])
def test_a_cut_png_is_refused_where_it_would_be_written_again(cut):
    with pytest.raises(Unreadable):
        png.cleaned(picture()[:cut])
    with pytest.raises(Unreadable):
        png.write_text(picture()[:cut], {"parameters": "x"})


# Other tools ----------------------------------------------------------------------------------------------------------

GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {
        "seed": 156680208700286, "steps": 20, "cfg": 8, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1,
        "model": ["11", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15\\v1-5-pruned.ckpt"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["12", 0], "clip": ["9", 0]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "watermark", "clip": ["9", 0]}},
    "9": {"class_type": "CLIPSetLastLayer", "inputs": {"stop_at_clip_layer": -2, "clip": ["4", 1]}},
    "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "first.safetensors", "strength_model": 0.5, "model": ["4", 0]}},
    "11": {"class_type": "LoraLoader", "inputs": {"lora_name": "dir/second.safetensors", "strength_model": 1, "model": ["10", 0]}},
    "12": {"class_type": "PrimitiveString", "inputs": {"value": "a red star"}},
}  # fmt: skip


def png_with(**texts):
    return png.write_text(
        picture(), {key: value if isinstance(value, str) else json.dumps(value) for key, value in texts.items()}
    )


def test_a_comfy_graph_is_followed_backwards():
    found = read(png_with(prompt=GRAPH, workflow={"nodes": []}))
    assert found.tool == "comfy"
    assert found.recipe == Recipe(
        prompt="a red star", negative_prompt="watermark", steps=20, sampler="DPM++ 2M", schedule="Karras",
        cfg_scale=8.0, seed=156680208700286, width=512, height=768, clip_skip=2, model_name="v1-5-pruned",
        resources=(Resource(name="first", type=LORA, weight=0.5), Resource(name="second", type=LORA, weight=1.0)),
    )  # fmt: skip


def test_a_comfy_graph_in_webp():
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + json.dumps(GRAPH)
    assert read(picture("WEBP", exif=exif)).recipe.prompt == "a red star"


@pytest.mark.parametrize(
    "graph",
    ["[]", "{}", "nonsense", "[" * 100_000, '{"3": {"class_type": "KSampler", "inputs": {"positive": ["3", 0], "steps": ["3", 1], "model": ["3", 0]}}}',
     '{"3": {"class_type": "KSampler", "inputs": {"positive": [[], 0], "steps": NaN, "seed": 1e400}}}', '{"3": 1, "4": {"class_type": 5, "inputs": []}}'],
)  # fmt: skip
def test_a_hostile_comfy_graph_is_read_or_left(graph):
    found = read(png_with(prompt=graph))
    assert found is None or found.recipe.prompt == ""


def test_what_json_spells_and_nothing_stores_is_left_out(tmp_path, capsys):
    """Halves of letters and zero bytes come out of JSON's escapes, after the text itself was clean."""
    graph = json.dumps(GRAPH).replace("a red star", "a red \\ud83d star\\u0000 \\ud83e\\udd8a")
    found = read(png_with(prompt=graph))
    assert found.recipe.prompt == "a red ? star 🦊"
    path = tmp_path / "odd.png"
    path.write_bytes(png_with(prompt=graph))
    call_command("read_metadata", str(path))
    assert json.loads(capsys.readouterr().out.encode())["meta"]["prompt"] == "a red ? star 🦊"


def _mutated(dice, data):
    data = bytearray(data)
    for _time in range(dice.randint(1, 6)):
        at, kind = dice.randrange(len(data)), dice.random()
        if kind < 0.4:
            data[at] = dice.randrange(256)
        elif kind < 0.6:
            data[at : at + 4] = dice.choice(
                [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"]
            )
        elif kind < 0.75:
            del data[at : at + dice.randint(1, 50)]
        else:
            data[at:at] = dice.randbytes(dice.randint(1, 20))
    return bytes(data)


def test_two_thousand_damaged_files_are_read_or_left_within_a_second_each():
    dice = random.Random(20)
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + json.dumps(GRAPH)
    seeds = [
        png_with(parameters=TEXT),
        png_with(prompt=json.dumps(GRAPH)),
        png_with(prompt=json.dumps(GRAPH).replace("a red star", "\\ud800")),
        picture("WEBP", exif=exif),
        picture("JPEG", exif=exif),
    ]
    read_at_all = 0
    for _turn in range(2000):
        data = _mutated(dice, dice.choice(seeds))
        start = time.process_time()
        found = reader.read(io.BytesIO(data))
        assert time.process_time() - start < 1
        if found:
            read_at_all += 1
            json.dumps(meta_of_recipe(found.recipe), ensure_ascii=False).encode()
            assert "\0" not in found.text + found.recipe.prompt
    assert read_at_all > 100, "else nothing was tried"


def test_invoke_swarm_and_fooocus():
    invoke = read(png_with(invokeai_metadata={
        "positive_prompt": "a cat", "steps": 30, "cfg_scale": 7.5, "seed": 9, "width": 64, "height": 64,
        "scheduler": "euler", "model": {"name": "dreamshaper"}, "loras": [{"model": {"name": "ink"}, "weight": 0.7}, 3]}))  # fmt: skip
    assert (invoke.tool, invoke.recipe.prompt, invoke.recipe.model_name) == ("invoke", "a cat", "dreamshaper")
    assert invoke.recipe.resources == (Resource(name="ink", type=LORA, weight=0.7),)
    swarm = read(png_with(parameters={"sui_image_params": {
        "prompt": "a dog", "model": "xl", "seed": 4, "steps": 12, "cfgscale": 6, "loras": ["a/ink"], "loraweights": [1]}}))  # fmt: skip
    assert (swarm.tool, swarm.recipe.prompt, swarm.recipe.resources[0].name) == ("swarm", "a dog", "ink")
    fooocus = read(
        png_with(
            parameters={
                "prompt": "a fox",
                "base_model": "jugg",
                "base_model_hash": "aeb7e9e689",
                "steps": 30,
                "seed": "7",
            }
        )
    )
    assert (fooocus.tool, fooocus.recipe.prompt, fooocus.recipe.seed) == ("fooocus", "a fox", 7)


def test_what_swarm_and_fooocus_say_of_what_they_used():
    swarm = read(png_with(parameters=json.dumps({
        "sui_image_params": {"prompt": "a dog", "model": "sdxl/base", "loras": ["styles/ink"], "loraweights": ["0.5"]},
        "sui_models": [
            {"name": "sdxl/base.safetensors", "param": "model", "hash": "0x" + "a1" * 32},
            {"name": "styles/ink.safetensors", "param": "loras", "hash": "0x" + "b2" * 32}, "nonsense", {"name": 7},
        ],
    })))  # fmt: skip
    (ink,) = swarm.recipe.resources
    assert (swarm.recipe.model_hash, ink.name, ink.weight, ink.hash) == ("a1" * 6, "ink", 0.5, "b2" * 6)
    fooocus = read(png_with(parameters=json.dumps({
        "prompt": "a fox", "base_model": "jugger", "loras": [["ink.safetensors", 0.3, "c3" * 5], [], "x", [7], ["bare"]],
    })))  # fmt: skip
    assert [(one.name, one.weight, one.hash) for one in fooocus.recipe.resources] == [
        ("ink", 0.3, "c3" * 5), ("bare", None, ""),
    ]  # fmt: skip
