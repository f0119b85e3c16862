"""What a stylesheet promises and only a browser can tell."""

import pytest

from tests.browser.joining import make_members, sign_in

LOW = """() => {
  const found = [];
  for (const one of document.querySelectorAll(".bar-home, :is(a, button, label):is(.chip, .button-sm, .segmented > *, .crumbs a)")) {
    one.scrollIntoView({block: "center", inline: "center"});
    const box = one.getBoundingClientRect();
    if (!box.width) continue;
    for (const y of [-20, 20]) {
      const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2 + y);
      if (!one.contains(hit)) found.push(`${one.innerText || one.ariaLabel}: ${box.height} px at ${box.y}, ${y}: ${hit?.outerHTML.slice(0, 200)}`);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("path", ["/bounties/", "/images/", "/models/", "/removal/", "/training/"])
def test_a_finger_finds_forty_four_points_of_what_is_drawn_lower(page, path):
    opened = page(path, width=390, has_touch=True, is_mobile=True)
    assert opened.locator(".bar-home").count() == 1
    assert opened.evaluate(LOW) == []


def test_a_finger_finds_them_above_pictures_too(page):
    """A site that is empty has nothing there that could cover the lowest row."""
    opened = page("/images/", width=390, has_touch=True, is_mobile=True)
    opened.evaluate(
        """() => document.querySelector(".feed-chips").insertAdjacentHTML("afterend",
        '<div class="masonry-box"><div class="masonry"><article class="shot" style="--r: 1"><a href="/"></a></article></div></div>')"""
    )
    assert opened.locator(".masonry a").bounding_box()["height"] > 100
    assert opened.evaluate(LOW) == []


@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
def test_no_width_between_makes_a_page_scroll_sideways(page, locale):
    for path in ("/", "/models/", "/images/", "/bounties/", "/removal/", "/search/?q=" + "w" * 64):
        opened = page(path, width=320, locale=locale)
        for width in (320, 360, 640, 701, 768, 1000, 1024, 1100):
            opened.set_viewport_size({"width": width, "height": 900})
            assert opened.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_long_names_stay_in_their_cards_and_paths(page):
    opened = page("/", width=390)
    for path in ("empty", "crumbs", "entry"):
        inside = {
            "empty": '<div class="empty"><p class="empty-title">NAME has posted nothing</p></div>',
            "crumbs": '<nav class="crumbs"><a href="/">Bounties</a><span>/</span><a href="/">NAME</a></nav>',
            "entry": '<div class="entries"><article class="entry"><div class="row row-tight"><a class="who" href="/">'
            '<span class="avatar"></span><span class="clip">NAME</span></a><span class="nowrap">no backer</span></div></article></div>',
        }[path].replace("NAME", "W" * 64)
        opened.evaluate("html => { document.querySelector('main').innerHTML = html }", inside)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390, path


COVERED = """bars => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  if (!one.closest("main") || one.id == "main" || bars.some(bar => one.closest(bar))) return null;
  const hit = (x, y) => { const found = document.elementFromPoint(x, y); return found && bars.some(bar => found.closest(bar)); };
  return [box.top + 1, box.bottom - 1].filter(y => hit(box.x + box.width / 2, y)).map(y => `${one.name || one.innerText} at ${y}`).join();
}"""


@pytest.mark.parametrize("path", ["/accounts/signup/", "/removal/", "/models/"])
def test_what_is_focused_on_a_phone_stands_clear_of_what_is_fixed(page, path):
    """By keyboard, and by the word that a screen reader or an error summary jumps with."""
    opened = page(path, width=390)
    opened.set_viewport_size({"width": 390, "height": 480})
    met = 0
    for _step in range(45):
        opened.keyboard.press("Tab")
        covered = opened.evaluate(COVERED, [".bar", ".dock"])
        met += covered is not None
        assert not covered, path
    assert met >= 4, "nothing in the page was focused"


def test_records_of_several_figures_are_stacked_on_a_phone(page):
    opened = page("/", width=390)
    named = "<tr><th>NAME</th>" + '<td data-name="Objections granted" class="end nowrap">12 of 345</td>' * 8 + "</tr>"
    log = "<tr><td>28 Nov 2026, 19:34</td><td>NAME</td><td>NAME</td><td></td><td class=mono>99f095b90f94</td></tr>"
    for css, row in (("table-wide table-named", named), ("table-log", log)):
        opened.evaluate(
            "html => { document.querySelector('main').innerHTML = html }",
            f'<div class="table-wrap"><table class="table {css}"><tbody>{row.replace("NAME", "Noted, so that it does not come back ever")}</tbody></table></div>',
        )
        assert opened.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.table-wrap'))") <= 0, css
        lines = opened.evaluate(
            "[...document.querySelectorAll('td, th')].map(e => { const b = e.getBoundingClientRect(); return [e.scrollWidth - b.width, b.right]; })"
        )
        assert all(wide < 1 and right <= 390 for wide, right in lines), css


@pytest.mark.parametrize("width", [390, 700, 768, 1280])
def test_a_rich_wallet_keeps_its_figures_apart(page, width):
    opened = page("/", width=width)
    figures = "".join(
        f'<div><dt>To spend</dt><dd><span class="price">{sum}</span></dd></div>'
        for sum in ("123,456,789.55", "12,345,678", "0", "1,234")
    )
    opened.evaluate(
        "figures => { document.querySelector('main').innerHTML = `<section class='panel panel-flush'><dl class='figures balance'>${figures}</dl></section>` }",
        figures,
    )
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        opened.evaluate(
            "[...document.querySelectorAll('.balance dd')].filter(one => one.scrollWidth > one.clientWidth).length"
        )
        == 0
    )


def test_a_button_that_does_not_fit_beside_its_title_begins_below_it(page):
    opened = page("/", width=390)
    lefts = {}
    for title in ("Wallet", "A title that is as long as the whole width of a phone"):
        opened.evaluate(
            "title => { document.querySelector('main').innerHTML = `<header class=page-head><h1>${title}</h1><a class=button href=/>Take them all</a></header>` }",
            title,
        )
        lefts[title] = (
            opened.locator("main .button").bounding_box()["x"] - opened.locator("main h1").bounding_box()["x"]
        )
    beside, below = lefts.values()
    assert beside > 150 and abs(below) < 1


def test_a_moderator_reaches_the_workbench_from_the_bar_of_the_smallest_phone(page, site):
    make_members(site, ("mona", True))
    opened = sign_in(page, "mona", width=320, has_touch=True, is_mobile=True)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 320
    opened.get_by_role("link", name="Moderator").click()
    opened.wait_for_url("**/moderation/")


def test_many_long_tabs_are_each_read_and_none_hides_the_others(page):
    opened = page("/", width=390)
    tabs = "".join(
        f'<a href="/">v{number} {"W" * (60 if number % 2 else 3)} <small>SDXL</small></a>' for number in range(30)
    )
    opened.evaluate("tabs => { document.querySelector('main').innerHTML = `<nav class=tabs>${tabs}</nav>` }", tabs)
    widths = opened.evaluate("[...document.querySelectorAll('.tabs a')].map(e => e.getBoundingClientRect().width)")
    assert min(widths) > 60 and max(widths) <= 320
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_title_and_a_notice_have_the_whole_width_of_a_phone(page):
    opened = page("/", width=390)
    opened.evaluate(
        """() => { document.querySelector('main').innerHTML = `
        <div class="row row-tight row-top"><h1>A title of some length</h1><div class="row row-tight"><button class=button>Follow</button></div></div>
        <ul class="panel panel-flush lines"><li class="line notice-line"><span class="notice-icon"></span>
        <p>Somebody gave the bounty that you follow a stake of twenty</p><span class="small faint">23 minutes ago</span></li></ul>` }"""
    )
    title, button = opened.locator("main h1").bounding_box(), opened.locator("main .button").bounding_box()
    assert title["width"] > 330 and button["y"] >= title["y"] + title["height"]
    words, when = opened.locator("main li p").bounding_box(), opened.locator("main li .faint").bounding_box()
    assert words["width"] > 270 and when["y"] >= words["y"] + words["height"] - 1 and abs(when["x"] - words["x"]) < 2


STOP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  if (one.dataset.met) return "again";
  one.dataset.met = "1";
  const named = one.ariaLabel || one.innerText || one.title || one.placeholder || [...(one.labels ?? [])].map(label => label.innerText).join("")
    || [...one.querySelectorAll("img")].map(image => image.alt).join("");
  const ringed = [one, one.parentElement, one.parentElement?.parentElement].some(part => part && getComputedStyle(part).outlineStyle !== "none");
  return `${named.trim() ? "" : "no name "}${ringed ? "" : "no ring "}`.trim() && `${named}: ${ringed} ${one.outerHTML.slice(0, 150)}`;
}"""


@pytest.mark.parametrize(
    "path", ["/", "/images/", "/models/", "/bounties/", "/removal/", "/accounts/signup/", "/search/"]
)
def test_the_keyboard_comes_through_a_page_and_sees_where_it_is(page, path):
    opened = page(path)
    stops = []
    for _step in range(150):
        opened.keyboard.press("Tab")
        stops.append(opened.evaluate(STOP))
        if stops[-1] in (None, "again"):
            break
    assert stops[-1] in (None, "again") and len(stops) > 8, "it never came out"
    assert [stop for stop in stops[:-1] if stop] == []
    headings = opened.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].filter(one => one.checkVisibility()).map(one => Number(one.localName[1]))"
    )
    assert headings.count(1) == 1, headings
    assert all(below <= above + 1 for above, below in zip(headings, headings[1:], strict=False)), headings


def test_escape_closes_what_was_opened_by_keys_and_goes_back_to_what_opened_it(page):
    opened = page("/")
    level = opened.locator(".bar .bar-level")
    level.focus()
    opened.keyboard.press("Enter")
    assert opened.locator("[popover]:popover-open").count() == 1
    opened.keyboard.press("Escape")
    assert opened.locator("[popover]:popover-open").count() == 0
    assert level.evaluate("one => one === document.activeElement")
    opened.keyboard.press("?")
    opened.wait_for_selector("dialog[open]")
    opened.keyboard.press("Escape")
    opened.wait_for_selector("dialog[open]", state="detached")
