"""An artist is heard: has the name taken out; licenses and earns from another's image; an intimate image is gone at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.joining import make_members, sign_in

PATIENCE_MS = 90_000
PEOPLE = """
from accounts.models import User
ada, ben = User.objects.get(username="ada"), User.objects.get(username="ben")
# All of these stories ask from one network, on one day.
from moderation.models import RemovalCase
RemovalCase.objects.update(network="")
"""


@pytest.fixture
def people(site):
    make_members(site, "ada", "ben", ("mona", True))
    site.python(PEOPLE)


def ask(page, site, url, what, *, wish, names="", fee="", email="helena@prado.example"):
    """Fills the form as a person would; returns the address of the private page."""
    page.goto("/removal/")
    page.get_by_label(what, exact=True).check(force=True)
    page.get_by_label("Links").fill(site.url + url)
    page.get_by_label(wish, exact=True).check(force=True)
    if names:
        page.get_by_label("Names to take out").fill(names)
    if fee:
        page.get_by_label("Credits for each picture").fill(fee)
    page.get_by_label("Mail", exact=True).fill(email)
    page.get_by_label("Your name").fill("Helena Maria do Prado")
    page.get_by_label("What I wrote is true").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("Keep this address")).to_be_visible()
    return page.url.split("?")[0]


def reference_of(page):
    return page.locator(".page-head .mono").inner_text()


def tick_off(mona, reference):
    mona.goto(f"/moderation/cases/{reference}/")
    mona.get_by_label("Where it came from, or what shows it").fill("Mail from the address on her own page")
    mona.get_by_role("button", name="Tick it off").click()
    expect(mona.get_by_text("The claimant is verified.")).to_be_visible()


def until_it_says(page, text, *, address):
    """A worker carries it out: the page is opened again, as a person would, never while it is still on its way."""
    for _ in range(40):
        page.goto(address, wait_until="load")
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"the page never said {text!r}")


def test_an_artist_has_the_name_taken_out(site, page, people):
    url = site.python(
        PEOPLE + "from tests.factories import cases\nprint(cases.prado(ada).get_absolute_url())"
    ).strip().splitlines()[-1]  # fmt: skip
    helena = page("/", width=390)
    private = ask(
        helena, site, url, "It copies my style or uses my name", wish="Take my name out", names="Helena Prado"
    )
    expect(helena.get_by_role("heading", name="Show that it is you")).to_be_visible()
    reference = reference_of(helena)
    assert site.mail_to("helena@prado.example", saying=reference)

    mona = sign_in(page, "mona")
    tick_off(mona, reference)
    stranger = page(url)
    expect(stranger.get_by_text(reference)).to_be_visible()  # 451, with the case's reference
    mona.get_by_label("Take the name out").check(force=True)
    mona.get_by_label("Reason: both sides read it").fill("The name of an artist who did not agree.")
    mona.get_by_role("button", name="Decide", exact=True).click()
    expect(mona.get_by_text("Decided.")).to_be_visible()

    until_it_says(helena, "Closed: name taken out", address=private)
    pk = re.search(r"/models/(\d+)/", url)[1]
    assert stranger.goto(url).status == 410
    assert stranger.goto(f"/models/{pk}/").status == 200
    assert not re.search("helena", stranger.content(), re.I)
    expect(stranger.get_by_role("heading", name="Linocut XL")).to_be_visible()


def test_an_artist_licenses_and_earns_from_anothers_image(site, page, people):
    pytest.importorskip("torch", reason="the worker extra is not installed")
    url = (
        site.python(
            PEOPLE
            + "from generation.domain.bases import add_pocket\nfrom tests.factories.generation import lora\nfrom tests.factories.wallet import give\n"
            "add_pocket(ada, prompts=('a red circle on a blue background',))\ngive(ben, 10)\nprint(lora(ada, name='Carved').model.get_absolute_url())"
        )
        .strip()
        .splitlines()[-1]
    )
    helena = page("/")
    what = "It copies my style or uses my name"
    private = ask(
        helena, site, url, what, wish="Let people use it, for a fee", fee="0.5", email="licence@prado.example"
    )
    reference = reference_of(helena)
    mona = sign_in(page, "mona")
    tick_off(mona, reference)
    mona.get_by_role("button", name="Open the talks").click()
    expect(mona.get_by_text("The talks have begun.")).to_be_visible()

    ada = sign_in(page, "ada")
    ada.goto(f"/cases/{reference}/")
    expect(ada.get_by_role("heading", name="Offer 1, from a verified artist")).to_be_visible()
    ada.get_by_role("button", name="Accept these terms").click()
    ada.get_by_role("button", name="Yes, I accept these terms").click()
    expect(ada.get_by_text("Agreed. It is being carried out.")).to_be_visible()
    until_it_says(ada, "Closed: fee agreed", address=f"/cases/{reference}/")

    ben = sign_in(page, "ben")
    ben.goto(url)
    expect(ben.get_by_text("It is not for download")).to_be_visible()
    ben.get_by_role("link", name="Create with this").click()
    expect(ben.locator("#style-fee")).to_contain_text("0.50")
    ben.get_by_label("Prompt", exact=True).fill("a red circle on a blue background")
    ben.locator("#id_steps").fill("8")
    ben.get_by_role("button", name="Generate").click()
    expect(ben.locator("[data-generation] img").first).to_be_visible(timeout=PATIENCE_MS)

    helena.goto(private)
    expect(helena.locator("#earned")).to_contain_text("0.35")


def test_an_intimate_image_is_gone_in_a_minute(site, page, people):
    told = site.python(
        PEOPLE + "from tests.factories import gallery\nfrom tests.factories.community import ready\nfrom gallery.models import Image\n"
        "from community.models import Picture\nimage = gallery.published(ada)\nshot = ready(ada, shown=True)\n"
        "Picture.objects.filter(pk=shot.pk).update(level=1)\nImage.objects.filter(pk=image.pk).update(picture=shot)\n"
        "print(image.get_absolute_url(), shot.url())"
    ).strip().splitlines()[-1]  # fmt: skip
    url, picture = told.split()
    visitor = page(url)
    assert visitor.request.get(picture).status == 200
    ana = page("/", width=390)
    ask(ana, site, url, "It shows me naked or in a sexual way", wish="Remove it", email="ana@private.example")
    assert visitor.request.get(picture).status == 404
    assert visitor.goto(url).status == 451
