"""Each of the five ways to ask for removal, walked without a script, in both languages, by who asks and by who is asked."""

import gettext
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.joining import PASSWORD, make_members
from tests.browser.test_removal_story import PEOPLE

CATALOGUE = Path(__file__).parents[2] / "locale/pt_BR/LC_MESSAGES/django.mo"
# What each makes of a published image, for others, as soon as it is sent.
TRACKS = {"style": 200, "likeness": 451, "intimate": 451, "copyright": 451, "other": 200}


# With a file: other tests walk past it.
PUBLISHED = """
from tests.factories import community, gallery
image = gallery.published(ada, title="Lanterna")
image.picture = community.ready(ada, community.image(), shown=True, level=1)
image.save(update_fields=["picture"])
print(image.get_absolute_url())
"""


@pytest.fixture(scope="module")
def english():
    """Sentences of ours that are said otherwise in Portuguese."""
    with CATALOGUE.open("rb") as file:
        texts = gettext.GNUTranslations(file)._catalog
    return [
        key
        for key, said in texts.items()
        if isinstance(key, str) and len(key) > 16 and " " in key and said != key and not re.search(r"[%<{\n]", key)
    ]


@pytest.mark.parametrize("locale", ["pt-BR", "en-US"])
@pytest.mark.parametrize("track", TRACKS)
def test_a_request_is_sent_read_and_taken_back_without_a_script(site, page, english, track, locale):
    make_members(site, "ada", "ben")
    url = site.python(PEOPLE + PUBLISHED).strip().splitlines()[-1]

    def open_page(path):
        return page(path, width=390, locale=locale, java_script_enabled=False)

    def check(shown):
        """Whole on a narrow screen, in the reader's language and in no other."""
        language = shown.locator("html").get_attribute("lang")
        assert language.lower() == ("pt-br" if locale == "pt-BR" else "en"), shown.url
        text = shown.locator("main").inner_text()
        if locale == "pt-BR":
            assert [words for words in english if words in text] == [], shown.url
        wide = shown.locator("main").bounding_box()
        assert wide["width"] <= 390, shown.url

    asks = open_page("/removal/")
    check(asks)
    asks.locator("main form button.button-primary").last.click()
    assert asks.locator("main .error, main [role=alert]").count() >= 2, "each missing thing is said"
    check(asks)
    # As a finger does, which finds it also where the bar at the foot lay over it.
    asks.locator(f"label[for=what-{track}]").click()
    asks.locator("textarea[name=urls]").fill(site.url + url)
    asks.locator("input[name=wish][value=removed]").check(force=True)
    asks.locator("input[name=email]").fill(f"{track}@prado.example")
    asks.locator("input[name=legal_name]").fill("Helena Maria do Prado")
    if track == "copyright":
        asks.locator("details:has(input[name=elements]) > summary").click()
        for element in asks.locator("input[name=elements]").all():
            element.check(force=True)
        asks.locator("input[name=signature]").fill("Helena Maria do Prado")
        asks.locator("textarea[name=statement]").fill("Lanterna, xilogravura, 2019.")
    asks.locator("input[name=true]").check(force=True)
    asks.locator("main form button.button-primary").last.click()
    expect(asks).to_have_url(re.compile(r"/removal/[\w-]{20,}/\?new=1"))
    check(asks)
    others = page("/", locale=locale)
    status = others.goto(url).status
    assert (status == 200) == (TRACKS[track] == 200), status
    # By the link alone, later, and taken back.
    private = asks.url.split("?")[0]
    asks.goto(private)
    check(asks)
    ada = open_page("/accounts/login/")
    ada.locator("input[name=login]").fill("ada@example.org")
    ada.locator("input[name=password]").fill(PASSWORD)
    ada.locator("main form button[type=submit], main form button:not([type])").first.click()
    ada.goto("/cases/")
    check(ada)
    ada.locator("main a[href*='/cases/']").first.click()
    check(ada)
    assert "prado.example" not in ada.content() and "Helena Maria" not in ada.content()
    asks.locator("form[action$='/withdrawals/'] button").click()
    check(asks)
    assert others.goto(url).status == 200, "taken back, it is as it was"
