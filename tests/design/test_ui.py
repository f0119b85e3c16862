from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from django.utils import timezone, translation

from civitai.templatetags import ui
from tests.design.reading import render


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (9_881, "9,881"),
        (9_999, "9,999"),
        (10_000, "10.0k"),
        (48_214, "48.2k"),
        (99_949, "99.9k"),
        (118_000, "118k"),
        (999_499, "999k"),
        (999_950, "1.0M"),
        (4_102_884, "4.1M"),
        (2_100_000_000, "2.1B"),
        (-12_345, "-12.3k"),
        ("soon", "soon"),
        (None, None),
    ],
)
def test_numbers_are_short(value, shown):
    assert ui.short_number(value) == shown


def test_numbers_speak_portuguese():
    with translation.override("pt-br"):
        assert ui.short_number(9_881) == "9.881"
        assert ui.short_number(48_214).startswith("48,2")
        assert ui.bytes(6_504_999_000) == "6,50 GB"
        assert "0,02" in ui.credits(0.02)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (218_104_999, "218 MB"),
        (1_070_000_000, "1.07 GB"),
        (24_000_000_000, "24.0 GB"),
        (999_960, "1.00 MB"),
        ("?", "?"),
    ],
)
def test_bytes_are_counted_in_thousands(size, shown):
    assert ui.bytes(size) == shown


def test_credits_are_said_in_words_to_the_ear():
    assert ">24<" in ui.credits(24) and "credits" in ui.credits(24) and "1<" in ui.credits(1)
    assert "<s>24</s>" in ui.credits(18, old=24)
    assert "Free" in ui.credits(0)
    assert ui.credits("") == ""


@pytest.mark.parametrize(
    ("back", "shown"),
    [
        (9, "just now"),
        (60, "1 minute ago"),
        (420, "7 minutes ago"),
        (5 * 3600, "5 hours ago"),
        (2 * 86400, "2 days ago"),
        (-3 * 86400, "in 3 days"),
        (-10, "in a moment"),
    ],
)
def test_time_is_told_from_now(back, shown):
    assert f">{shown}</time>" in ui.ago(timezone.now() - timedelta(seconds=back))


def test_long_ago_is_a_date():
    assert "2020" in ui.ago(timezone.now().replace(year=2020, day=1)).split(">")[1]
    assert ui.ago(None) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(21, "21 s"), (2460, "41 min"), (7200, "2 h"), (533_280, "6 d 4 h"), (-5, "0 s"), (timedelta(minutes=3), "3 min")],
)
def test_a_span_has_two_units(seconds, shown):
    assert ui.span(seconds) == shown


@pytest.mark.parametrize(
    ("name", "letter"), [("tadeu.luz", "T"), ("_vó", "V"), ("切り紙屋", "切"), ("", "?"), (None, "?"), ("...", "?")]
)
def test_an_initial_stands_for_a_name(name, letter):
    assert ui.initials(name) == letter
    assert 0 <= ui.hue(name) < 360


def test_the_query_keeps_what_it_does_not_change_and_drops_the_page():
    context = {"request": RequestFactory().get("/models/?tag=a&tag=b&sort=new&page=7&cursor=x")}
    assert ui.query(context, sort="top") == "?tag=a&tag=b&sort=top"
    assert ui.query(context, page=8) == "?tag=a&tag=b&sort=new&cursor=x&page=8"
    assert ui.query(context, tag=None, sort=None) == "/models/"
    assert ui.toggled(context, "tag", "a") == "?sort=new&tag=b"
    assert ui.toggled(context, "tag", "c&d") == "?sort=new&tag=a&tag=b&tag=c%26d"


def test_an_icon_is_decoration_or_has_a_name():
    assert 'aria-hidden="true"' in render('{% icon "heart" %}')
    named = render('{% icon "heart" label=label %}', label='"><b>')
    assert 'role="img"' in named and "<b>" not in named


def test_levels_have_letters():
    assert [ui.level_label(value) for value in (1, 2, 3, 4, "8", 31, "X")] == [
        "PG",
        "PG-13",
        "PG-13",
        "R",
        "X",
        "XXX",
        "X",
    ]


def test_a_picture_has_an_address_at_a_width():
    assert ui.picture_url(SimpleNamespace(url=lambda width: f"/m/{width}"), 450) == "/m/450"
    assert ui.picture_url(None, 450) == ""
