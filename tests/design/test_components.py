import pytest
from django import forms
from django.core.paginator import Paginator
from django.test import RequestFactory

from tests.design.reading import component, elements, render

PICTURE = {
    "url": "/p/1",
    "src": "/p/1.webp",
    "w": 720,
    "h": 900,
    "tone": "#644662",
    "alt": "Moon",
    "author": "tadeu",
    "likes": 12,
}
MODEL = {"url": "/models/1", "name": "Papercut", "kind": "LoRA", "base": "SDXL", "downloads": 48214, "likes": 6104}
COVER = {"url": "/c.webp", "width": 450, "height": 600, "tone": "#644662"}
HOSTILE = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"remix_url": "/r", "collect_url": "/c"},
        {"remix_url": "/r", "collect_url": "/c", "count": 4},
        {"remix_url": "/r", "collect_url": "/c", "remix": True},
        {"covered": "X", "hash": "data:image/webp;base64,AA", "show_url": "/p/1?show=1", "remix_url": "/r"},
    ],
)
def test_an_image_card_has_at_most_16_nodes(more):
    assert len(elements(component("image_card", **PICTURE, **more))) <= 16


def test_a_model_card_has_13_nodes_and_19_with_badge_and_price():
    assert len(elements(component("model_card", **MODEL, cover=COVER))) <= 13
    assert (
        len(
            elements(component("model_card", **MODEL, cover=COVER, badge="Early access", badge_kind="glass", price=250))
        )
        <= 19
    )


def test_a_covered_picture_is_not_sent():
    card = component("image_card", **PICTURE, covered="XXX", show_url="/p/1?show=1")
    assert PICTURE["src"] not in card
    assert "XXX" in card and "/p/1?show=1" in card
    model = component("model_card", **MODEL, cover=COVER, covered="X")
    assert COVER["url"] not in model


def test_an_image_card_reserves_its_height():
    card = component("image_card", **PICTURE)
    assert "--r: 1.250" in card and "--tone: #644662" in card and 'width="720" height="900"' in card
    assert "--r: 2.200" in component("image_card", **{**PICTURE, "w": 10, "h": 900})
    assert "--r: 1.000" in component("image_card", **{**PICTURE, "w": 0, "h": 0})


@pytest.mark.parametrize("tone", [HOSTILE, "red; background: url(//x)", "#12", None])
def test_a_tone_that_is_no_colour_is_left_out(tone):
    assert "--tone" not in component("image_card", **{**PICTURE, "tone": tone})


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("image_card", {**PICTURE, "author": HOSTILE, "alt": HOSTILE, "r": HOSTILE}),
        ("model_card", {**MODEL, "name": HOSTILE, "quote": HOSTILE, "by": HOSTILE, "badge": HOSTILE}),
        (
            "bounty_card",
            {"url": "/b", "name": HOSTILE, "reward": 5, "line": HOSTILE, "author": HOSTILE, "author_url": "/"},
        ),
        ("user_card", {"name": HOSTILE, "url": "/", "line": HOSTILE}),
        ("avatar", {"name": HOSTILE}),
        ("copy_field", {"text": HOSTILE, "label": HOSTILE}),
        ("code", {"text": HOSTILE, "label": HOSTILE, "id": "x"}),
        ("notice", {"text": HOSTILE, "title": HOSTILE}),
        ("toast", {"text": HOSTILE}),
        ("chip", {"label": HOSTILE, "url": "#", "current": True}),
        ("button", {"label": HOSTILE, "confirm": HOSTILE}),
        ("table", {"caption": HOSTILE, "head": [HOSTILE], "rows": [[HOSTILE]]}),
        ("pairs", {"items": [(HOSTILE, HOSTILE)]}),
        ("timeline", {"events": [{"title": HOSTILE, "text": HOSTILE, "when": HOSTILE}]}),
        ("diff", {"left": HOSTILE, "right": HOSTILE, "rows": [{"term": HOSTILE, "old": HOSTILE, "new": "x"}]}),
        ("rating_cover", {"level": HOSTILE, "why": HOSTILE}),
        ("resource", {"name": HOSTILE, "line": HOSTILE}),
        ("uploader", {"name": HOSTILE, "hint": HOSTILE, "purpose": HOSTILE}),
    ],
)
def test_what_members_write_stays_text(name, params):
    html = component(name, **params)
    assert "<script" not in html
    elements(html)


@pytest.mark.parametrize(
    "name",
    [
        "button",
        "icon_button",
        "chip",
        "badge",
        "stat",
        "price",
        "meter",
        "job_badge",
        "empty",
        "tabs",
        "pairs",
        "clock",
        "segmented",
        "crumbs",
    ],
)
def test_a_component_without_parameters_is_no_error(name):
    component(name, icon="x", items=[], tabs=[], options=[])


class Form(forms.Form):
    name = forms.CharField(help_text="People find it by this.")
    agree = forms.BooleanField()
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    weight = forms.FloatField(widget=forms.NumberInput(attrs={"type": "range", "min": -1, "max": 3}))
    secret = forms.CharField(widget=forms.HiddenInput)


def test_a_field_is_wired_to_its_hint_and_its_error():
    form = Form({"name": ""})
    html = component("field", field=form["name"])
    control = next(attrs for tag, attrs in elements(html) if tag == "input")
    assert control["aria-invalid"] == "true"
    assert control["aria-describedby"].split() == ["id_name-hint", "id_name-error"]
    assert 'id="id_name-hint"' in html and 'id="id_name-error"' in html and 'for="id_name"' in html


def test_what_was_typed_stays_in_a_refused_field():
    assert HOSTILE.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;") in component(
        "field", field=Form({"name": HOSTILE})["name"]
    )


@pytest.mark.parametrize("name", ["agree", "kind", "weight", "secret"])
def test_every_kind_of_field_shows_its_errors(name):
    assert 'class="error"' in component("field", field=Form({})[name])


def test_a_range_paints_its_track_from_the_first():
    assert "--v: 50" in component("field", field=Form({"weight": "1"})["weight"])


def test_pages_are_numbered_to_20_then_more():
    request = RequestFactory().get("/models/?sort=new&tag=a&tag=b&page=20")
    pages = Paginator(range(96_000), 100)
    html = render(
        '{% include "components/pagination.html" with more_url="?cursor=abc" %}', request=request, page=pages.page(20)
    )
    hrefs = [attrs["href"] for tag, attrs in elements(html) if tag == "a"]
    assert hrefs[0] == "?sort=new&tag=a&tag=b&page=19"
    assert hrefs[-1] == "?cursor=abc"
    assert not any("page=21" in href for href in hrefs)


def test_one_page_has_no_pagination():
    html = render(
        '{% include "components/pagination.html" %}', request=RequestFactory().get("/"), page=Paginator([1], 10).page(1)
    )
    assert "<nav" not in html
