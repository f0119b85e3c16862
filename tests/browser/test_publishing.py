"""A member publishes a LoRA in a real browser, and a visitor downloads the very bytes."""

import io
import json
import re

import pytest

from tests.models_hub.formats import build

MIB = 1 << 20


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A lawful file of three parts whose header tells what it was trained on."""
    told = {
        "ss_steps": "1505",
        "ss_num_train_images": "86",
        "ss_tag_frequency": json.dumps({"10_x": {"ppcut horizon": 86, "serra": 61}}),
    }
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight"
    path = tmp_path_factory.mktemp("weights") / "serra-papercut.safetensors"
    path.write_bytes(build.tensors({name: (5000, 2048)}, metadata=told))
    assert 2 * 8 * MIB < path.stat().st_size < 3 * 8 * MIB
    return path


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    from PIL import Image

    made = io.BytesIO()
    Image.radial_gradient("L").resize((480, 640)).convert("RGB").save(made, "PNG")
    path = tmp_path_factory.mktemp("pictures") / "cover.png"
    path.write_bytes(made.getvalue())
    return path


@pytest.fixture
def member(site, page):
    """A page of somebody who is signed in."""

    def signed_in(path, **options):
        key = site.python(
            "import uuid\n"
            "from importlib import import_module\n"
            "from django.conf import settings\n"
            "from accounts.models import User\n"
            "name = 'p' + uuid.uuid4().hex[:8]\n"
            "user = User.objects.create_user(username=name, email=name + '@example.org', password='correct horse')\n"
            "session = import_module(settings.SESSION_ENGINE).SessionStore()\n"
            "session['_auth_user_id'] = str(user.pk)\n"
            "session['_auth_user_backend'] = 'django.contrib.auth.backends.ModelBackend'\n"
            "session['_auth_user_hash'] = user.get_session_auth_hash()\n"
            "session.save()\n"
            "print(session.session_key)"
        ).strip()
        opened = page("/livez", **options)
        opened.context.add_cookies([{"name": "sessionid", "value": key, "url": site.url}])
        opened.goto(path)
        return opened

    return signed_in


def test_from_a_draft_to_the_bytes_in_somebody_elses_hands(site, page, member, weights, picture):
    mine = member("/models/new/")
    mine.get_by_role("button", name="Start a draft").click()

    # Typing is saving, and the card beside it follows.
    mine.get_by_label("Name").fill("Serra papercut")
    mine.locator("#saved", has_text=re.compile(r"Saved \d\d:\d\d:\d\d")).wait_for()
    mine.locator("#preview h3", has_text="Serra papercut").wait_for()
    mine.reload()
    assert mine.get_by_label("Name").input_value() == "Serra papercut"
    mine.get_by_role("button", name="Go on to the version").click()
    mine.get_by_role("button", name="Go on to files").click()

    # Three parts go to the store, a worker looks into the file, its header speaks.
    mine.locator(".uploads input[type=file]").set_input_files(weights)
    here = mine.locator("#file-list .job-done")
    here.wait_for(timeout=60_000)
    told = mine.locator("#file-list").inner_text()
    assert "What its header told us" in told and "SDXL 1.0" in told and "1,505 steps" in told
    pressed = mine.locator("#file-list button[aria-pressed=true]")
    assert [" ".join(text.split()) for text in pressed.all_inner_texts()] == ["ppcut horizon 86"]
    mine.get_by_role("button", name="serra 61").click()
    pressed.nth(1).wait_for()
    mine.locator("#steps", has_text="1 of 1 ready").wait_for()

    mine.get_by_role("link", name="Go on to the licence").click()
    mine.get_by_label("Sell the file itself").check()
    mine.locator("#preview li:not(.muted)", has_text="Sell the file itself").wait_for()
    mine.get_by_role("button", name="Go on to pictures").click()

    mine.locator(".uploads input[type=file]").set_input_files(picture)
    mine.locator("#picture-list img").wait_for(timeout=60_000)
    mine.get_by_role("link", name="Go on to the review").click()
    mine.get_by_role("button", name="Publish it").click()
    mine.get_by_role("heading", name="Serra papercut").wait_for()
    address = mine.url

    theirs = page("/models/")
    theirs.get_by_role("link", name="Serra papercut").first.click()
    theirs.wait_for_url("**/serra-papercut/")
    assert theirs.url.split("?")[0] == address.split("?")[0]
    assert "ppcut horizon" in theirs.locator("main").inner_text()
    with theirs.expect_download() as waited:
        theirs.get_by_role("link", name="Download").click()
    download = waited.value
    assert download.suggested_filename == "serra-papercut.safetensors"
    with open(download.path(), "rb") as got:
        assert got.read() == weights.read_bytes()


def test_a_pickle_is_refused_in_words_before_it_is_sent(member, tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(b"\x80\x04" + b"x" * 100)
    mine = member("/models/new/")
    mine.get_by_role("button", name="Start a draft").click()
    mine.get_by_role("link", name="Files").click()
    mine.locator(".uploads input[type=file]").set_input_files(path)
    refused = mine.locator(".uploads .is-bad")
    refused.wait_for()
    assert "pickle file" in refused.inner_text()


def test_the_steps_work_without_a_script(member):
    mine = member("/models/new/", java_script_enabled=False)
    mine.get_by_role("button", name="Start a draft").click()
    mine.get_by_label("Name").fill("Plain")
    mine.get_by_label("Tags").fill("x" * 61)
    mine.get_by_role("button", name="Go on to the version").click()
    assert mine.get_by_label("Name").input_value() == "Plain"
    assert mine.get_by_label("Tags").input_value() == "x" * 61
    assert "too long" in mine.locator(".error").first.inner_text()
    mine.get_by_label("Tags").fill("paper")
    mine.get_by_role("button", name="Go on to the version").click()
    mine.get_by_role("button", name="Go on to files").click()
    assert mine.get_by_role("button", name="Send this file").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_stands_out_at_the_side(member, width):
    mine = member("/models/new/", width=width)
    mine.get_by_role("button", name="Start a draft").click()
    start = mine.url
    for step in ("what", "version", "files", "licence", "pictures", "review"):
        mine.goto(start.replace("/what/", f"/{step}/"))
        assert mine.evaluate("document.documentElement.scrollWidth") <= width
