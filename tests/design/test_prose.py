import pytest

from civitai.prose import LONGEST, render


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](vbscript:x)",
        '[a](https://x.example "onmouseover=alert(1) x")',
        "<a href='javascript:alert(1)'>a</a>",
        "<svg/onload=alert(1)>",
        "<iframe src=//x></iframe>",
        "<style>*{display:none}</style>",
        "![a](https://x.example/a.png)",
        "<math><mtext></p><style><img src=x onerror=alert(1)>",
        "`</code><script>alert(1)</script>`",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(text):
    html = render(text)
    for tag in ("<script", "<img", "<svg", "<iframe", "<style", "<math", "<object"):
        assert tag not in html
    for scheme in ("javascript:", "data:", "vbscript:"):
        assert f'href="{scheme}' not in html.lower()
    assert not [part for part in html.split("<")[1:] if " on" in part.split(">")[0] and 'title="' not in part]


def test_members_can_write_what_a_description_needs():
    html = render(
        "# Use\n\n**Start** at `0.8`, ~~not 1~~, see [notes](https://x.example).\n\n- one\n- two\n\n> said\n\n|a|b|\n|-|-|\n|1|2|"
    )
    for part in (
        "<h3>Use</h3>",
        "<strong>Start</strong>",
        "<code>0.8</code>",
        "<s>not 1</s>",
        "<li>one</li>",
        "<blockquote>",
        "<td>1</td>",
    ):
        assert part in html
    assert 'rel="nofollow noopener ugc"' in html


def test_headings_never_rival_the_page():
    html = render("# a\n## b\n###### f")
    assert "<h1" not in html and "<h2" not in html and "<h6>f</h6>" in html


def test_nothing_is_nothing_and_too_much_is_cut():
    assert render("") == "" and render(None) == ""
    assert len(render("a" * (LONGEST * 2))) < LONGEST + 100


def test_deep_nesting_ends():
    assert render("> " * 5_000 + "x")
    assert render("[" * 20_000) and render("*" * 20_000)
