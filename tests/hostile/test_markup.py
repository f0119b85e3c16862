"""Members' Markdown, read as a browser reads it: whatever goes in, only what is allowed comes out."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from civitai.prose import TAGS, render
from tests.factories import poison

MEAN = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.invalid></sCrIpT >",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror=alert`1`>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><a xlink:href='javascript:alert(1)'><text>a</text></a></svg>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<style>@import 'https://evil.invalid'</style>",
    "<p style='background:url(javascript:alert(1))'>a</p>",
    "<a href=https://x.example target=_blank rel=opener>a</a>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<base href=https://evil.invalid><meta http-equiv=refresh content='0;url=//evil.invalid'>",
    "<details open ontoggle=alert(1)><input autofocus onfocus=alert(1)>",
    "<b hx-get='/accounts/logout/' hx-trigger=load data-module=toast>b</b>",
    "<!--[if IE]><script>alert(1)</script><![endif]--><![CDATA[<script>alert(1)</script>]]>",
    "[a](javascript:alert(1))",
    "[a](  java\tscript:alert(1))",
    "[a](&#x6A;avascript&colon;alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[a](vbscript:msgbox)",
    "[a](file:///etc/passwd)",
    "[a](blob:https://x.example/1)",
    "[a](https://x.example '\" onmouseover=alert(1) x=\"')",
    "[a]: javascript:alert(1)\n\n[a]",
    "<javascript:alert(1)>",
    "<https://x.example/\"onmouseover=alert(1)>",
    "![a](javascript:alert(1)) ![b](https://evil.invalid/seen.png)",
    "[![a](x)](javascript:alert(1))",
    "``` \"><script>alert(1)</script>\nx\n```",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "\u202e<script>alert(1)</script>\u202c",
    poison.LONG,
]  # fmt: skip
WRAPPED = {
    "alone": "{}",
    "quoted": "> {}",
    "listed": "- {}\n  - {}",
    "heading": "# {}",
    "table": "|a|{}|\n|-|-|\n|{}|b|",
    "bold": "**{}** _{}_ ~~{}~~",
    "code": "`{}`",
    "link": "[{}](https://x.example)",
    "block": "<div>\n\n{}\n\n</div>",
    "beside a name": "@haru{} {}@haru",
}


class Read(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.wrong = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name not in {"href", "title", "rel", "start"} or (tag, name) == ("p", "title"):
                self.wrong.append(f"{tag}[{name}]")
            scheme = (
                urlsplit("".join(letter for letter in value or "" if letter > " ")).scheme if name == "href" else ""
            )
            if scheme not in {"", "http", "https", "mailto"}:
                self.wrong.append(f"{tag}[{name}={value}]")
        if tag == "a" and not {"nofollow", "noopener", "ugc"} <= set(dict(attrs).get("rel", "").split()):
            self.wrong.append("a link that passes rank or its window on")

    def handle_comment(self, text):
        self.wrong.append(f"a comment: {text}")

    def handle_decl(self, text):
        self.wrong.append(f"a declaration: {text}")

    handle_pi = unknown_decl = handle_decl


@pytest.mark.parametrize("wrap", WRAPPED)
def test_badinput_28_only_what_is_allowed_comes_out(wrap):
    for text in MEAN:
        html = render(WRAPPED[wrap].replace("{}", text), people=["haru"])
        assert not (wrong := Read(html).wrong), f"{text!r}: {wrong}\n{html}"
        # Read again as somebody else's parser might have written it back: still nothing.
        assert not Read(html.replace("</p>", "").replace("</a>", "")).wrong


def test_the_reader_itself_finds_what_it_must():
    for bad in ("<script>", "<img src=x>", "<p onclick=x>", '<a href="JavaScript:x" rel="nofollow noopener ugc">', "<!--x-->", "<a href=/>"):  # fmt: skip
        assert Read(bad).wrong, bad
