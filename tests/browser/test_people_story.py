"""Among people: a mention, the bell, an answer, a collection, and somebody who is not heard any more."""

import re

import pytest

pytest.importorskip("playwright", reason="the browser extra is not installed")
from playwright.sync_api import expect

PASSWORD = "a rather long password"
MAKE = f"""
from allauth.account.models import EmailAddress
from accounts.models import User
from community.domain import threads
from tests.factories import gallery
made = {{}}
for name in ("talk-alice", "talk-bob", "talk-charlie"):
    made[name] = User.objects.create_user(name, f"{{name}}@example.org", {PASSWORD!r})
    EmailAddress.objects.create(user=made[name], email=made[name].email, verified=True, primary=True)
image = gallery.published(made["talk-alice"], title="Moon over the mill")
threads.comment(made["talk-charlie"], "gallery.Image", image.pk, "This is rubbish and so are you.")
print(image.get_absolute_url())
"""


def sign_in(page, name):
    page.goto("/accounts/login/")
    page.get_by_label("E-mail or name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^(Sign|Log) in")).click()
    expect(page.get_by_role("button", name="Your menu")).to_be_visible()


def say(form, text):
    form.get_by_label("Your comment").fill(text)
    form.get_by_role("button", name=re.compile("^(Comment|Answer)$")).click()


def test_a_mention_an_answer_a_collection_and_a_block(site, page):
    image_url = site.url + site.python(MAKE).split()[-1]
    bob = page("/")
    sign_in(bob, "talk-bob")
    bob.goto(image_url)
    say(bob.locator(".comment-form").first, "The light, @talk-alice! How many *layers*? <b>none</b>")
    comment = bob.locator(".comment", has_text="The light")
    expect(comment.get_by_role("link", name="@talk-alice")).to_be_visible()
    expect(comment.locator("em")).to_have_text("layers")
    expect(comment).to_contain_text("<b>none</b>")

    alice = page("/", width=390)
    sign_in(alice, "talk-alice")
    bell = alice.get_by_role("link", name=re.compile("Notifications, 2 new"))
    bell.click()
    alice.get_by_role("link", name=re.compile("talk-bob names you")).click()
    theirs = alice.locator(".comment", has_text="The light")
    expect(theirs).to_be_visible()
    expect(alice.get_by_role("link", name=re.compile("Notifications, 1 new"))).to_be_visible()
    theirs.get_by_role("link", name=re.compile("^Answer")).click()
    say(theirs.locator(".comment-form"), "Six, and the sky.")
    answer = alice.locator(".comment[data-depth='1']", has_text="Six, and the sky.")
    expect(answer).to_be_visible()
    expect(answer.get_by_text("Author")).to_be_visible()

    # She keeps it, and puts it into a collection that she makes on the way.
    alice.get_by_role("button", name="Save", exact=True).click()
    expect(alice.get_by_role("button", name="Save", exact=True)).to_have_attribute("aria-pressed", "true")
    alice.get_by_role("link", name="Add to a collection").click()
    dialog = alice.locator("dialog[open]")
    dialog.get_by_label("A new collection").fill("Mills")
    dialog.get_by_role("button", name="Save").click()
    alice.goto("/collections/")
    alice.get_by_role("link", name="Mills").click()
    expect(alice.locator(f"a[href='{image_url.removeprefix(site.url)}']").first).to_be_visible()

    # Charlie was rude: for her, and for her alone, what he said is gone.
    alice.goto(image_url)
    expect(alice.get_by_text("This is rubbish")).to_be_visible()
    alice.goto("/users/talk-charlie/")
    alice.get_by_role("button", name="More").click()
    alice.get_by_role("button", name="Block talk-charlie").click()
    expect(alice.get_by_text("talk-charlie is blocked")).to_be_visible()
    alice.goto(image_url)
    expect(alice.get_by_text("Six, and the sky.")).to_be_visible()
    expect(alice.get_by_text("This is rubbish")).to_have_count(0)
    bob.goto(image_url)
    expect(bob.get_by_text("This is rubbish")).to_be_visible()
    expect(bob.get_by_role("link", name=re.compile("Notifications, 1 new"))).to_be_visible()

    charlie = page("/")
    sign_in(charlie, "talk-charlie")
    charlie.goto(image_url)
    say(charlie.locator(".comment-form").first, "Hello?")
    expect(charlie.get_by_text("does not want to hear from you")).to_be_visible()
    expect(charlie.get_by_label("Your comment").first).to_have_value("Hello?")
