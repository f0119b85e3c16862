"""From a zip of pictures to a published LoRA and an image in its style; and the worker is killed in mid-training."""

import pytest
from playwright.sync_api import expect

from tests.browser.joining import make_members, sign_in
from tests.factories import training as make

pytest.importorskip("torch", reason="the worker extra is not installed")
PATIENCE_MS = 150_000
BASE = """
from accounts.models import User
from generation.domain.bases import add_pocket
owner = User.objects.filter(username="house").first() or User.objects.create_user(username="house", email="house@example.org")
add_pocket(owner, prompts=("a red circle on a blue background",))
"""


@pytest.fixture(scope="module")
def zip_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("training") / "stripes.zip"
    path.write_bytes(make.zipped(20))
    return path


def test_from_a_zip_to_a_picture_in_its_style(page, site, zip_file):
    make_members(site, "tadeu")
    site.python(BASE)
    tadeu = sign_in(page, "tadeu")
    tadeu.goto("/training/")
    tadeu.get_by_role("link", name="New training set").first.click()
    tadeu.get_by_label("Name").fill("Zebra Stripes")
    tadeu.get_by_role("button", name="Go on to the pictures").click()
    tadeu.get_by_label("Pictures, or a zip of them").set_input_files(zip_file)
    tadeu.get_by_role("button", name="Add", exact=True).click()
    expect(tadeu.locator(".sample img")).to_have_count(20, timeout=PATIENCE_MS)
    tadeu.reload()
    expect(tadeu.get_by_text("Nothing wrong with the pictures.")).to_be_visible()
    tadeu.get_by_label("Trigger word").fill(make.TRIGGER)
    tadeu.get_by_role("button", name="Save", exact=True).first.click()

    tadeu.locator("input[name=epochs]").fill("2")
    tadeu.locator("input[name=repeats]").fill("20")
    tadeu.get_by_label("Samples after each epoch").fill(f"{make.TRIGGER}, a red heart on a white background")
    tadeu.get_by_label("These pictures are mine").check()
    tadeu.get_by_role("button", name="Start training").click()

    # The first epoch is kept; then the worker is killed, and another goes on from its checkpoint.
    expect(tadeu.locator(".epoch-grid th.epoch-head:not(.is-coming)")).to_have_count(1, timeout=PATIENCE_MS)
    site.kill("worker-gpu")
    site.start("worker-gpu")
    expect(tadeu.locator(".epoch-grid th.epoch-head:not(.is-coming)")).to_have_count(2, timeout=PATIENCE_MS)
    expect(tadeu.locator("#run .job").first).to_have_text("Done", timeout=PATIENCE_MS)
    expect(tadeu.get_by_text("goes on from step")).to_be_visible()
    told = site.python(
        "from training.models import Epoch; "
        "print(*Epoch.objects.filter(run__owner__username='tadeu').values_list('number', 'step'))"
    )
    assert told.split("\n")[0].strip() == "(1, 50) (2, 100)", "each once"

    tadeu.locator(".lines .line", has_text="Epoch 2").get_by_role("button", name="Publish").click()
    tadeu.get_by_role("button", name="Publish it").click()
    expect(tadeu.get_by_role("heading", name="Zebra Stripes")).to_be_visible()
    expect(tadeu.locator("dl.pairs").get_by_role("link", name="Pocket Diffusion")).to_be_visible()
    tadeu.locator("summary", has_text="Training set").click()
    manifest = tadeu.request.get(tadeu.get_by_role("link", name="Manifest").get_attribute("href")).json()
    assert manifest["pictures"]["count"] == 20 and manifest["trigger_words"] == [make.TRIGGER]
    tadeu.get_by_role("link", name="Create with this").click()
    tadeu.get_by_label("Prompt", exact=True).fill(f"{make.TRIGGER}, a blue star on a yellow background")
    tadeu.get_by_role("button", name="Generate").click()
    expect(tadeu.locator(".results img").first).to_be_visible(timeout=PATIENCE_MS)
    used = site.python(
        "from generation.models import GenerationResource as R; "
        "print(R.objects.get(generation__owner__username='tadeu').version.model.name)"
    )
    assert used.strip() == "Zebra Stripes"
