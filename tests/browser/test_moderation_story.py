"""A moderator clears ten reports by keyboard; an objection restores what should not have gone."""

import re

from playwright.sync_api import expect

from tests.browser.joining import make_members, sign_in

# What other stories on the same site have left waiting is out of the way first.
REPORTS = """
from django.utils import timezone
from accounts.models import User
from moderation import subjects
from moderation.domain import reporting
from moderation.models import Item
from tests.factories import gallery
for item in Item.objects.filter(state="open"):
    item.move("decided", decided_at=timezone.now())
owner, bob = (User.objects.get(username=name) for name in ("rui", "bento"))
for number in range(10):
    image = gallery.published(owner, title=f"Poster {number}")
    reporting.report(bob, subjects.named(image), reason="spam", text=f"Report {number}")
"""
STATE = """
from gallery.models import Image
print(sum(Image.objects.filter(owner__username="rui", hidden_at=None).values_list("pk", flat=True).count() for _ in [0]))
"""


def choose(page, key, action):
    """Presses a key until it is seen to have chosen: the keys come with a script of their own."""
    chosen = page.locator(f"input[name=action][value={action}]")
    for _try in range(20):
        page.keyboard.press(key)
        if chosen.is_checked():
            return
        page.wait_for_timeout(100)
    expect(chosen).to_be_checked()


def test_ten_reports_by_keyboard_and_an_objection_that_restores(page, site):
    make_members(site, "rui", "bento", ("mona", True), ("max", True))
    site.python(REPORTS)
    mona = sign_in(page, "mona")
    mona.goto("/moderation/?queue=reports")
    expect(mona.locator(".queue-item")).to_have_count(10)
    media = mona.locator("[data-reveal]")
    assert media.locator("img").count() == 0, "covered: not even loaded"
    for _try in range(20):  # as in `choose`: until the script is there
        mona.keyboard.down("v")
        mona.wait_for_timeout(100)
        if "is-shown" in (media.get_attribute("class") or ""):
            break
        mona.keyboard.up("v")
    expect(media).to_have_class(re.compile("is-shown"))
    mona.keyboard.up("v")
    mona.keyboard.press("j")
    expect(mona.locator(".queue-item").nth(1)).to_have_attribute("aria-current", "page")
    mona.locator("[data-module=workbench][data-ready]").wait_for()
    mona.keyboard.press("k")
    expect(mona.locator(".queue-item").first).to_have_attribute("aria-current", "page")

    for left in (10, 9, 6, 5, 4, 3, 2, 1):
        expect(mona.locator(".queue-item")).to_have_count(left)
        mona.locator("[data-module=workbench][data-ready]").wait_for()
        if left == 10:
            choose(mona, "r", "hide")
            mona.locator("select[name=clause]").select_option("7.1")
            expect(mona.locator("#statement")).to_contain_text("advertising")
            facts = mona.locator("textarea[name=facts]")
            expect(facts).to_have_value("It advertises or repeats [what].")
            facts.focus()
            mona.keyboard.type("a shop for boots")
            mona.locator("textarea[name=reason]").fill("The same advertisement.")
        else:
            choose(mona, "a", "keep")
        if left == 9:  # three in one go
            mona.keyboard.press("x")
            mona.keyboard.press("x")
            expect(mona.locator("[data-picked]")).to_have_text("+2")
        if left == 6:  # a key has chosen, Enter alone confirms
            mona.keyboard.press("Enter")
            continue
        mona.keyboard.press("Control+Enter")
    expect(mona.get_by_text("Nothing waits here")).to_be_visible()

    rui = sign_in(page, "rui")
    address = site.python(
        "from moderation.models import Decision; "
        "print(Decision.objects.get(action='hide', owner__username='rui').get_absolute_url())"
    ).strip()
    rui.goto(address)
    expect(rui.get_by_text("is advertising")).to_contain_text("It advertises or repeats a shop for boots.")
    rui.get_by_label("What did we get wrong?").fill("It is a poster for my own exhibition.")
    rui.get_by_role("button", name="Send the objection").click()
    expect(rui.get_by_text("Another moderator looks at it.")).to_be_visible()

    mona.goto("/moderation/?queue=appeals")
    expect(mona.get_by_text("You decided this first")).to_be_visible()
    undo = mona.locator("[data-hotkey=u]")
    mona.locator("[data-module=workbench][data-ready]").wait_for()
    mona.keyboard.press("u")
    expect(undo).to_be_focused()
    assert "/moderation/?queue=appeals" in mona.url, "the key alone does nothing"
    mona.keyboard.press("Enter")
    expect(mona.get_by_text("Undone. It is as it was before.")).to_be_visible()

    max_ = sign_in(page, "max")
    max_.goto("/moderation/?queue=appeals")
    expect(max_.locator("blockquote")).to_contain_text("my own exhibition")
    max_.get_by_label("Grant it: put everything back").check()
    max_.get_by_label("What the person reads").fill("You are right, it may stay.")
    max_.keyboard.press("Control+Enter")
    expect(max_.get_by_text("Nothing waits here")).to_be_visible()
    rui.reload()
    expect(rui.get_by_text("This decision was taken back")).to_be_visible()
    assert site.python(STATE).strip() == "10", "all of them are seen again"
    assert "holds" in site.manage("verify_log")
