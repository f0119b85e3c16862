"""Poison in every place where words can stand, and a real browser that walks the site over it: nothing happens."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="the browser extra is not installed")

SEED = """
import itertools, json
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.test import Client
from accounts.models import User
from community.domain import pictures
from tests.factories import community, poison, world
tones = itertools.count(1)
def person(name, **fields):
    user = User.objects.create_user(name, f"crawl-{next(tones)}@example.org", "a rather long password", **fields)
    User.objects.filter(pk=user.pk).update(display_name=poison.say("name", 60), bio=poison.say("bio", 400))
    user.refresh_from_db()
    return user
def picture(owner):
    colour = (next(tones) * 37 % 255, 90, 140)
    return community.ready(owner, community.image(colour=colour), shown=True, filename=poison.say("picture", 200), level=1)
people = {
    "owner": person("crawl-owner"), "member": person(poison.SHORT), "moderator": person("crawl-mona", is_moderator=True),
    "administrator": person("crawl-root", is_staff=True, is_superuser=True),
}
from moderation.models import RemovalCase
told_before = list(RemovalCase.objects.values_list("pk", flat=True))
made = world.fill(people["owner"], people["member"], people["moderator"], say=poison.say, picture=picture)
cookies = {}
for name, user in people.items():
    browser = Client()
    browser.force_login(user)
    cookies[name] = browser.cookies["sessionid"].value
rows = [model for model in admin.site._registry if model._meta.label in ADMIN]
pages = []
for model in rows:
    at = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    pages += [at, f"{at}{model._base_manager.order_by('-pk').first().pk}/change/"]
from models_hub.models import Model
from gallery.models import Post
# Their own: other stories may have been told on this site.
model, post = (rows.objects.filter(owner=people["owner"]).earliest("pk") for rows in (Model, Post))
case = RemovalCase.objects.exclude(pk__in=told_before).earliest("pk")
own = ["/models/mine/", "/settings/keys/", "/settings/", "/collections/", "/wallet/", "/cases/", "/moderation/decisions/", "/settings/following/",
       f"/cases/{case.reference}/", f"/posts/{post.pk}/edit/",
       *[f"/models/{model.pk}/edit/{step}/" for step in ("what", "version", "files")]]
print(json.dumps({"cookies": cookies, "urls": made.urls, "admin": pages, "own": own,
                  "profiles": [people["owner"].get_absolute_url(), people["member"].get_absolute_url()]}))
"""
ADMIN = (
    "accounts.User", "models_hub.Model", "models_hub.ModelFile", "gallery.Post", "gallery.Image", "community.Comment",
    "generation.Generation", "training.Dataset", "bounties.Bounty", "moderation.Item", "moderation.Decision",
    "moderation.ModerationEvent", "wallet.Transfer", "civitai.StateChange",
)  # fmt: skip
VISITOR = ["/", "/models/", "/images/", "/bounties/", "/search/?q=alert", "/removal/", "/moderation/log/", "/mailbox/"]
MEMBER = ["/", "/notifications/", "/settings/", "/wallet/", "/create/", "/training/", "/settings/following/"]

WATCH = """
window.caught = [];
addEventListener("securitypolicyviolation", event => caught.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""
# What would run as soon as somebody clicked, hovered or submitted.
LOOK = """() => {
  const found = [...caught];
  if (window.poisoned) found.push("window.poisoned is set");
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    if (name === "script" && !element.src && !/json/.test(element.type)) found.push("a script in the page");
    if (["iframe", "object", "embed", "base", "math"].includes(name)) found.push(`<${name}>`);
    for (const {name: attribute, value} of element.attributes) {
      if (/^on/i.test(attribute) || attribute === "data-poisoned" || attribute === "srcdoc") found.push(`${name}[${attribute}]`);
      if (/^(href|src|action|formaction|xlink:href|hx-get|hx-post|poster)$/.test(attribute)
          && /^[\\s\\x00-\\x20]*(javascript|vbscript|data:text)/i.test(value)) found.push(`${name}[${attribute}=${value.slice(0, 60)}]`);
      if (attribute === "style" && !/^\\s*--/.test(value) && value.includes("poison")) found.push(`${name}[style]`);
    }
    if (name === "a" && /evil\\.invalid/.test(element.hostname) && !/nofollow/.test(element.rel)) found.push("a followed link");
  }
  if (document.body.innerText.includes("54439") || document.title.includes("54439")) found.push("a template was run");
  if (document.documentElement.scrollWidth > innerWidth) found.push(`${document.documentElement.scrollWidth}px wide`);
  if (document.querySelector("main") && !document.querySelector("h1")) found.push("no heading");
  return found;
}"""
AXE = (Path(__file__).parent / "vendor/axe-4.14.1.min.js").read_text()
# What keeps somebody out who does not see, or does not use a mouse. Some pages name rows of a stranger's making.
HINDRANCES = """async () => {
  const found = await axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"]});
  return found.violations.filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`);
}"""


@pytest.fixture(scope="module")
def poisoned(browser, _live_site):
    return json.loads(_live_site.python(f"ADMIN = {ADMIN!r}\n{SEED}").splitlines()[-1])


@pytest.fixture
def walk(browser, site, poisoned):
    """Opens the pages one after another as that person; what was wrong with any of them fails the test."""
    contexts, wrong = [], []

    def go(who, pages, *, width=1280, theme="dark", is_for_all=False):
        context = browser.new_context(viewport={"width": width, "height": 900}, base_url=site.url)
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH)
        context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
        if who in poisoned["cookies"]:
            context.add_cookies([{"name": "sessionid", "value": poisoned["cookies"][who], "url": site.url}])
        page = context.new_page()

        def note(said):
            wrong.append(f"{who} {page.url}: {said}")

        page.on("dialog", lambda dialog: (note(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: None if "Transition was" in str(error) else note(error))
        # A part of a page, opened alone, names no icon.
        page.on(
            "console",
            lambda line: (
                note(f"{line.text} {line.location['url']}")
                if line.type == "error" and not line.location["url"].endswith("/favicon.ico")
                else None
            ),
        )
        page.on("request", lambda request: note(f"asked {request.url}") if "evil.invalid" in request.url else None)
        for path in dict.fromkeys(pages):
            answer = page.goto(path, wait_until="load")
            if answer.status != 200:
                note(f"{path} answered {answer.status}")
            if is_for_all:
                page.evaluate(AXE)
            is_whole = page.query_selector("main") is not None
            for found in page.evaluate(HINDRANCES if is_for_all and is_whole else LOOK):
                note(found)

    yield go
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)


def test_badinput_29_nothing_runs_for_a_visitor(walk, poisoned):
    walk("visitor", VISITOR + poisoned["profiles"] + poisoned["urls"]["visitor"], width=390)


def test_badinput_29_nothing_runs_for_members(walk, poisoned):
    shared = [
        url for url in poisoned["urls"]["visitor"] if url.startswith(("/models/", "/images/", "/bounties/", "/posts/"))
    ]
    walk("member", MEMBER + poisoned["urls"]["member"] + shared)
    walk("owner", poisoned["own"], width=390)


def test_badinput_29_nothing_runs_for_a_moderator(walk, poisoned):
    walk("moderator", ["/moderation/", *poisoned["urls"]["moderator"], *poisoned["profiles"]])


def test_badinput_29_nothing_runs_for_an_administrator(walk, poisoned):
    """Unfold evaluates attributes of its own (x-*, and styles of theirs): what matters is that none is ours."""
    walk("administrator", ["/admin/", *poisoned["admin"]])


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_nobody_is_kept_out(walk, poisoned, width, theme):
    """By axe-core: names, roles, contrast, order, on one page of each kind."""
    view = {"width": width, "theme": theme, "is_for_all": True}
    urls = poisoned["urls"]
    walk(
        "visitor",
        [*VISITOR, "/policy/real-people/", *poisoned["profiles"][:1], *_of_each_kind(urls["visitor"])],
        **view,
    )
    walk("member", MEMBER + _of_each_kind(urls["member"]), **view)
    walk("owner", poisoned["own"], **view)
    walk("moderator", ["/moderation/", *_of_each_kind(urls["moderator"])], **view)


def _of_each_kind(urls):
    """The first of the addresses that differ in their numbers and names alone."""
    return list({re.sub(r"[0-9a-f-]{8,}|\d+|\?.*", "#", url): url for url in reversed(urls)}.values())


def test_the_watch_itself_sees_what_it_must(browser, site):
    context = browser.new_context(base_url=site.url)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto("/livez")
    page.evaluate(
        """() => { document.body.innerHTML = `<h1>x</h1><img src=x onerror="window.poisoned = 1"><a href=" javascript:1">a</a>
           <iframe></iframe><p data-poisoned>54439</p>`; }"""
    )
    page.wait_for_timeout(300)
    said = "\n".join(page.evaluate(LOOK))
    page.evaluate(AXE)
    assert "image-alt: " in "\n".join(page.evaluate(HINDRANCES))
    context.close()
    for found in ("script-src-attr", "img[onerror]", "a[href=", "<iframe>", "p[data-poisoned]", "a template was run"):
        assert found in said, said
    assert "window.poisoned" not in said, "the policy stopped it"
