"""A browser in front of the running site. `site` is the site, `page` opens a page of it."""

import os

import pytest

from tests.browser import chromium
from tests.live_site import LiveSite

HEIGHTS = {390: 844, 1280: 900}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker("browser")


@pytest.fixture(scope="module")
def browser():
    """For one module: while Playwright is started, its loop forbids Django's database in the same thread."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)  # two cores may draw, train and answer at the same moment
    with sync_playwright() as playwright:
        program = chromium.find(playwright)
        if program is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(chromium.MISSING)
        browser = playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _live_site(tmp_path_factory):
    with LiveSite(tmp_path_factory.mktemp("live") / "data") as site:
        yield site


@pytest.fixture
def site(browser, _live_site):
    """The running site; after `browser`, so that without a Chromium none is started. Dead workers run again."""
    yield _live_site
    for name, child in _live_site.children.items():
        if not child.is_alive:
            _live_site.start(name)


@pytest.fixture
def page(browser, site):
    """`page("/path", width=390, theme="light")` opens a page in a new visitor's browser.

    An uncaught error of a script, or anything that the content security policy stops, fails the test.
    """
    contexts, problems = [], []

    def open_page(path="/", *, width=1280, theme="dark", locale="en-US", **options):
        size = {"width": width, "height": HEIGHTS.get(width, 900)}
        context = browser.new_context(viewport=size, locale=locale, base_url=site.url, **options)
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: None if _is_hurry(error) else problems.append(f"{page.url}: {error}"))
        page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


def _is_hurry(error):
    """The browser's own word when the next page is asked for while the last one still fades in: no script of ours."""
    return "Transition was aborted" in str(error) or "Transition was skipped" in str(error)
