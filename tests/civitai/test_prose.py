"""Members' Markdown: who is named is linked, and nothing else comes of a name."""

import re

import pytest

from civitai.prose import plain, render


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("@haru", ["@haru"]),
        ("(@Haru), and @haru's", ["@Haru", "@haru"]),
        ("Thanks, @haru.", ["@haru"]),
        ("@haru... @haru-", ["@haru", "@haru"]),
        ("**@haru** and > @haru", ["@haru", "@haru"]),
        ("me@haru http://x.example/@haru @@haru", []),
        ("`@haru`", []),
        ("```\n@haru\n```", []),
        ("[see @haru](https://x.example)", []),
        ("@harubert @nobody @", []),
    ],
)
def test_names_of_people_that_are_there_are_linked(text, linked):
    page = render(text, people=["haru"])
    assert page.count('href="/users/haru/"') == len(linked)
    for word in linked:
        assert f">{word}</a>" in page


def test_without_people_a_name_is_a_word():
    assert render("@haru") == "<p>@haru</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        '@haru"onmouseover="alert(1)',
        "@haru<script>alert(1)</script>",
        "[@haru](javascript:alert(1))",
        "@haru " * 5000,
    ],
)
def test_badinput_28_markup_beside_a_name_is_inert(text):
    page = render(text, people=["haru"])
    assert "<script" not in page
    assert not re.search(r"<[^>]*onmouseover", page)
    assert 'href="javascript' not in page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Say `seven by seven`.\n\n---\n\n*Part* of **it**", "Say seven by seven. Part of it"),
        ("# Use\n\n- one\n- [two](https://x.example)\nthree", "Use one two three"),
        ("a < b & <b>c</b>\n\n```\nlora:1\n```", "a < b & <b>c</b> lora:1"),
        ("![](x)\n\n", "!"),
        ("", ""),
        (None, ""),
    ],
)
def test_in_one_line_it_has_no_marks(text, told):
    assert plain(text) == told
