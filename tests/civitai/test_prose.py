"""Members' Markdown: who is named is linked, and nothing else comes of a name."""

import re

import pytest

from civitai.prose import render


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
