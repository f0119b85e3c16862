"""The main job, told once from end to end: publish a LoRA, create with it, look, remix, download.

A member joins, publishes a LoRA that the test has made for the pocket model, another creates an image with it,
the image stands in the gallery with its prompt and resources, a visitor remixes it and downloads the model.
"""

import hashlib
import io
import re
import urllib.request

import pytest

from gallery.metadata import reader
from tests.factories.generation import write_lora

pytest.importorskip("torch", reason="the worker extra is not installed")
from playwright.sync_api import expect

PROMPT = "zbrstyle, a red circle on a blue background"
PATIENCE_MS = 90_000  # the first picture loads torch


@pytest.fixture(scope="module")
def lora_file(tmp_path_factory):
    return write_lora(tmp_path_factory.mktemp("story") / "zebra-lines.safetensors", rank=8, alpha=4.0, strength=0.8)


@pytest.fixture(scope="module")
def picture_file(tmp_path_factory):
    from PIL import Image

    path = tmp_path_factory.mktemp("story") / "cover.png"
    Image.linear_gradient("L").resize((640, 800)).convert("RGB").save(path)
    return path


@pytest.fixture
def base(site):
    """The model that ships with the project, as an administrator would add it."""
    site.python(
        "from accounts.models import User\nfrom generation.domain.bases import add_pocket\n"
        "owner = User.objects.filter(username='house').first() or User.objects.create_user(username='house', email='house@example.org')\n"
        "add_pocket(owner, prompts=('a red circle on a blue background',))"
    )


def join(page, site, name):
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label(re.compile("^Name")).fill(name)
    page.get_by_label("Password", exact=True).fill("a rather long password")
    page.get_by_role("button", name="Make my account").click()
    page.wait_for_url("**/confirm-email/**")
    code = re.search(r"^([A-Z0-9-]{6,9})\s*$", site.mail_to(f"{name}@example.org"), re.M)[1]
    page.locator("input[name=code]").fill(code)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("button", name="Your menu")).to_be_visible()


def publish(page, lora_file, picture_file):
    """The six steps; returns the address of the model's page."""
    page.goto("/models/new/")
    page.get_by_role("button", name="Start a draft").click()
    page.get_by_label("Name", exact=True).fill("Zebra Lines")
    page.get_by_label("Description").fill("Diagonal **stripes**, made for a test.")
    page.get_by_role("button", name="Go on to the version").click()
    page.get_by_role("button", name="Go on to files").click()
    page.locator(".uploads input[type=file]").set_input_files(lora_file)
    told = page.locator("#file-list")
    expect(told.get_by_text("What its header told us")).to_be_visible(timeout=PATIENCE_MS)
    expect(told.get_by_text("New here: no file has this hash")).to_be_visible()
    page.get_by_role("link", name="Go on to the licence").click()
    page.get_by_role("button", name="Go on to pictures").click()
    page.locator(".uploads input[type=file]").set_input_files(picture_file)
    expect(page.locator("#picture-list img").first).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Go on to the review").click()
    page.get_by_role("button", name="Publish it").click()
    expect(page.get_by_role("heading", name="Zebra Lines")).to_be_visible()
    return page.url.split("?")[0]


def create(page, model_url, *, alone=False):
    """From the model's page to a finished picture in the studio; returns its generation's block."""
    page.goto(model_url)
    page.get_by_role("link", name="Create with this").click()
    prompt = page.get_by_label("Prompt", exact=True)
    expect(prompt).to_have_value(re.compile("zbrstyle"))
    prompt.fill(PROMPT)
    page.locator("[name^=weight-]").fill("0.8")
    page.locator("#id_steps").fill("12")
    page.get_by_label("Seed").fill("1234")
    page.get_by_role("button", name="Generate").click()
    block = page.locator("[data-generation]", has_text=PROMPT).first
    expect(block.locator("img")).to_have_count(1, timeout=PATIENCE_MS)
    return block


def test_from_signing_up_to_the_download(site, page, base, lora_file, picture_file):
    alice = page("/")
    join(alice, site, "alice")
    model_url = publish(alice, lora_file, picture_file)

    bob = page("/")
    join(bob, site, "bob")
    block = create(bob, model_url)
    block.get_by_role("button", name="Post").click()
    bob.wait_for_url(re.compile(r"/(images|posts)/\d+/$"))
    if "/posts/" in bob.url:
        bob.locator("a[href^='/images/']").first.click()
    image_url = bob.url

    # A visitor finds it in the gallery, with the prompt and what made it.
    visitor = page("/images/", width=390)
    visitor.locator(f"a[href$='{image_url.removeprefix(site.url)}']").first.click()
    main = visitor.locator("main, dialog[open]").last
    expect(main.get_by_text("a red circle on a blue background").first).to_be_visible()
    visitor.goto(image_url)
    expect(visitor.locator("#prompt")).to_contain_text(PROMPT)
    made_with = visitor.get_by_role("link", name="Zebra Lines")
    expect(made_with).to_be_visible()
    expect(visitor.get_by_role("link", name="Pocket Diffusion")).to_be_visible()

    # What is downloaded carries the whole recipe, seed and hashes included.
    original = visitor.get_by_role("link", name="Download original").get_attribute("href")
    recipe = reader.read(io.BytesIO(urllib.request.urlopen(site.url + original).read())).recipe
    assert (recipe.prompt, recipe.steps, recipe.seed) == (PROMPT, 12, 1234)
    assert {(r.name, r.weight) for r in recipe.resources} == {("Pocket Diffusion", None), ("Zebra Lines", 0.8)}
    sha256 = hashlib.sha256(lora_file.read_bytes()).hexdigest()

    # Remix fills the studio.
    visitor.get_by_role("link", name="Remix", exact=True).click()
    expect(visitor.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)
    expect(visitor.get_by_label("Seed")).to_have_value("1234")
    expect(visitor.locator(".resource", has_text="Zebra Lines")).to_be_visible()

    # And the model's file comes as it was published.
    visitor.goto(model_url)
    expect(visitor.get_by_text("Made with it").first).to_be_visible()
    with visitor.expect_download() as download:
        visitor.get_by_role("link", name="Download", exact=False).first.click()
    assert download.value.suggested_filename.endswith(".safetensors")
    bytes_there = download.value.path().read_bytes()
    assert hashlib.sha256(bytes_there).hexdigest() == sha256
    answer = urllib.request.urlopen(f"{site.url}/api/v1/model-versions/by-hash/{sha256}")
    assert b"Zebra Lines" in answer.read()


def test_a_killed_worker_costs_time_and_no_picture(site, page, base):
    """kill -9 in the middle of drawing; the next worker takes the job up, and each picture is made once."""
    carol = page("/")
    join(carol, site, "carol")
    carol.goto("/create/")
    carol.get_by_label("Prompt", exact=True).fill("a green star on a white background")
    carol.locator("#id_steps").fill("50")
    carol.get_by_role("radio", name="4", exact=True).check(force=True)
    carol.get_by_role("button", name="Generate").click()
    expect(carol.locator("[data-state=running]")).to_be_visible(timeout=PATIENCE_MS)
    site.kill("worker-gpu")
    site.start("worker-gpu")
    block = carol.locator("[data-generation]", has_text="a green star").first
    expect(block.locator("img")).to_have_count(4, timeout=2 * PATIENCE_MS)
    told = site.python(
        "from generation.models import Generation\n"
        "job = Generation.objects.get(prompt='a green star on a white background')\n"
        "print(job.state, job.attempt, list(job.results.values_list('index', flat=True)), "
        "job.owner.pictures.filter(state='ready').count())"
    )
    assert told.split() == "done 2 [0, 1, 2, 3] 4".split()
