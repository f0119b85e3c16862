"""What can't be taken back is asked for before, whether a form asks or a button in it."""

import pytest

pytest.importorskip("playwright", reason="the browser extra is not installed")
from playwright.sync_api import expect

from tests.browser.joining import make_members, sign_in

MAKE = """
from accounts.models import User
from accounts.domain.keys import issue
from community.models import Collection
cora = User.objects.get(username="cora")
issue(cora, name="ComfyUI")
print(Collection.objects.create(owner=cora, name="Mills").pk)
"""


def act(page, name, *, yes):
    """What was asked when the button of that name was pressed and answered."""
    asked = []

    def answer(dialog):
        asked.append(dialog.message)
        dialog.accept() if yes else dialog.dismiss()

    page.once("dialog", answer)
    page.get_by_role("button", name=name).click()
    return asked


def test_a_collection_and_a_key_are_asked_for(site, page):
    make_members(site, "cora")
    cora = sign_in(page, "cora")
    cora.goto(f"/collections/{site.python(MAKE).split()[-1]}/edit/")
    said = ["Remove this collection? What is in it stays where it is."]
    assert act(cora, "Remove the collection", yes=False) == said
    cora.reload()
    assert act(cora, "Remove the collection", yes=True) == said
    expect(cora).to_have_url(f"{site.url}/collections/")
    expect(cora.get_by_role("main").get_by_text("Mills", exact=True)).to_have_count(0)

    cora.goto("/settings/keys/")
    said = ["Programs that use this key stop working. Revoke it?"]
    assert act(cora, "Revoke ComfyUI", yes=False) == said
    cora.reload()
    assert act(cora, "Revoke ComfyUI", yes=True) == said
    expect(cora.get_by_role("button", name="Revoke ComfyUI")).to_have_count(0)
