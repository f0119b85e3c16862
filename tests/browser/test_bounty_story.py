"""A bounty with two backers, three entries and a split award; and one that nobody enters, which comes back."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser.joining import make_members, sign_in
from tests.factories.bounties import model_file, picture_file

SHOTS = os.environ.get("SHOTS")
CREDITS = """
from accounts.models import User
from tests.factories.wallet import give
for name in ("vera", "ines"):
    give(User.objects.get(username=name), 500)
"""
LATER = """
from tests.factories.bounties import over
from bounties.models import Bounty
from bounties.domain import clock
over(Bounty.objects.get(name={name!r})); clock.tick()
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bounty")
    picture, model = folder / "tile.png", folder / "tile.safetensors"
    picture.write_bytes(picture_file().read())
    model.write_bytes(model_file().read())
    return picture, model


def put_up(page, picture, *, name, reward):
    page.goto("/bounties/new/")
    page.get_by_label("What do you want?").fill(name)
    page.get_by_label("Brief").fill("It must **tile** on all four sides.")
    page.get_by_label("Example pictures").set_input_files(picture)
    page.get_by_label("Your stake").fill(str(reward))
    page.evaluate(
        "document.querySelector('[name=ends_on]').value = new Date(Date.now() + 6*864e5).toISOString().slice(0, 10)"
    )
    page.get_by_role("button", name="Put it up").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return page.url


def enter(page, url, files, *, name):
    page.goto(url)
    page.get_by_role("link", name="Submit an entry").click()
    page.get_by_label("Name of your entry").fill(name)
    page.get_by_label("Pictures of it").set_input_files(files[0])
    page.locator("[data-module=multipart-upload] input[type=file]").set_input_files(files[1])
    expect(page.locator(".uploader .job-done")).to_be_visible()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def checked(page, card):
    """A worker looks at each file before anybody pays for it."""
    for _attempt in range(30):
        if card.get_by_role("button", name="Give it").count():
            return
        page.wait_for_timeout(1000)
        page.reload()


def test_two_backers_three_entries_a_split_award_and_one_that_expires(page, site, files):
    make_members(site, "vera", "ines", "petra", "mira", "sable")
    site.python(CREDITS)
    vera = sign_in(page, "vera")
    url = put_up(vera, files[0], name="Azulejo panels", reward=200)
    ines = sign_in(page, "ines")
    ines.goto(url)
    ines.get_by_label("Credits", exact=True).fill("100")
    ines.get_by_role("button", name="Join with a stake").click()
    expect(ines.get_by_text("Your stake is in.")).to_be_visible()
    for name, entry in (("petra", "Sem fim"), ("mira", "Peacock"), ("sable", "Squint")):
        enter(sign_in(page, name), url, files, name=entry)

    for backer, entry, amount in ((vera, "Sem fim", "200"), (ines, "Peacock", "100")):
        backer.goto(url)
        card = backer.locator(".entry", has=backer.get_by_role("heading", name=entry))
        checked(backer, card)
        card.get_by_role("button", name=f"Give it my {amount}").click()
        expect(card.get_by_text("Your stake is here.")).to_be_visible()
    expect(ines.locator("header .job")).to_have_text(re.compile("awarded", re.I))

    winner = sign_in(page, "petra")
    winner.goto("/wallet/")
    receipt = winner.locator(".receipts summary", has_text="Bounty won")
    expect(receipt).to_contain_text("+200")
    winner.goto(url)
    with winner.expect_download() as download:
        winner.locator(".entry", has_text="Peacock").get_by_role("link", name="tile.safetensors").click()
    assert download.value.path().read_bytes() == files[1].read_bytes(), "awarded and over: open to all"

    lonely = put_up(vera, files[0], name="Lonely wish", reward=60)
    site.python(LATER.format(name="Lonely wish"))
    vera.goto(lonely)
    expect(vera.get_by_text("It came back to you.")).to_be_visible()
    vera.goto("/wallet/?show=refunds")
    expect(vera.locator(".receipts summary").first).to_contain_text("+60")
    told = site.python("from wallet.domain.proof import prove; print(prove())")
    assert told.strip() == "{}", "and the ledger holds"


def test_an_entry_waits_for_files_that_are_on_their_way(page, site, files):
    make_members(site, "vera", "petra")
    site.python(CREDITS.replace('"vera", "ines"', '"vera",'))
    url = put_up(sign_in(page, "vera"), files[0], name="Slow files", reward=60)
    petra = sign_in(page, "petra")
    petra.goto(url)
    petra.get_by_role("link", name="Submit an entry").click()
    petra.get_by_label("Name of your entry").fill("Patience")
    petra.get_by_label("Pictures of it").set_input_files(files[0])
    petra.context.route("**/completion/", lambda route: None)  # the last answer does not come
    petra.locator("[data-module=multipart-upload] input[type=file]").set_input_files(files[1])
    expect(petra.locator(".uploader")).to_be_visible()
    petra.get_by_role("button", name="Submit", exact=True).click()
    expect(petra.get_by_text("A file is still on its way.")).to_be_visible()
    assert petra.url.endswith("/entries/") and petra.get_by_label("Name of your entry").input_value() == "Patience"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_on_a_phone_in_portuguese_every_page_keeps_its_width(page, site, files, theme):
    make_members(site, "vera", "petra")
    site.python(CREDITS.replace('"vera", "ines"', '"vera",'))
    url = put_up(
        sign_in(page, "vera"), files[0], name=f"Painéis de azulejos inconstitucionalissimamente {theme}", reward=60
    )
    phone = sign_in(page, "petra", width=390, theme=theme)
    phone.context.add_cookies([{"name": "django_language", "value": "pt-br", "url": site.url}])
    number = url.split("/bounties/")[1].split("/")[0]
    for path in ("/bounties/", url, "/bounties/new/", f"/bounties/{number}/entries/", "/wallet/"):
        phone.goto(path)
        expect(phone.locator("html")).to_have_attribute("lang", re.compile("pt", re.I))
        assert "Grátis" not in phone.inner_text("main"), path
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path
        if SHOTS:
            phone.screenshot(path=f"{SHOTS}/{path.strip('/').replace('/', '-')[-20:]}-{theme}.png", full_page=True)


def test_pictures_are_seen_and_ordered_before_they_are_sent_and_exchanged_after(page, site, files, tmp_path):
    make_members(site, "vera", "petra")
    site.python(CREDITS.replace('"vera", "ines"', '"vera",'))
    url = put_up(sign_in(page, "vera"), files[0], name="Ordered pictures", reward=60)
    shots = [tmp_path / f"{name}.png" for name in "abc"]
    [shot.write_bytes(picture_file().read()) for shot in shots]
    petra = sign_in(page, "petra")
    petra.goto(url)
    petra.get_by_role("link", name="Submit an entry").click()
    petra.get_by_label("Name of your entry").fill("In order")
    field = petra.get_by_label("Pictures of it")
    field.set_input_files(shots[:2])
    field.set_input_files(shots[2])
    held = "field => [...field.files].map(file => file.name)"
    assert field.evaluate(held) == ["a.png", "b.png", "c.png"], "choosing again adds"
    expect(petra.locator(".arranged img").first).to_have_js_property("complete", True)
    petra.get_by_role("button", name="Move it: a.png").press("ArrowRight")
    petra.get_by_role("button", name="Take it out: c.png").click()
    assert field.evaluate(held) == ["b.png", "a.png"]
    petra.locator("[data-module=multipart-upload] input[type=file]").set_input_files(files[1])
    expect(petra.locator(".uploader .job-done")).to_be_visible()
    petra.get_by_role("button", name="Submit", exact=True).click()
    petra.get_by_role("link", name="Change it").click()
    petra.get_by_label("Take out").first.check()
    petra.get_by_label("Add pictures").set_input_files(shots[2])
    petra.get_by_role("button", name="Save").click()
    expect(petra.get_by_text("Saved.")).to_be_visible()
    told = site.python(
        "from bounties.models import Entry; e = Entry.objects.get(name='In order');"
        "print([link.picture.filename for link in e.shown.select_related('picture')], e.revision)"
    )
    assert told.strip() == "['a.png', 'c.png'] 1"
