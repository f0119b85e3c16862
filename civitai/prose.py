"""Members' Markdown as markup that is safe to show."""

import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "br", "hr", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
# Raw HTML stays off: what someone types as <b> is shown as typed. nh3 stands behind it all the same.
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
_markdown.disable("image")  # a picture from elsewhere would tell its host who reads the page
LONGEST = 100_000
# @name as people write it; not in the middle of a word or an address.
NAMED = re.compile(r"(?<![\w@/.])@([\w.-]{1,32})")


def render(text, *, people=()):
    """Sanitised HTML of a Markdown text. Headings start at h3; links open no script and pass no rank.

    `people` are names that are linked where the text says @name.
    """
    if not text:
        return ""
    tokens = _markdown.parse(str(text)[:LONGEST])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        if people and token.children:
            token.children = _with_people(token.children, {name.lower(): name for name in people})
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
    )


def plain(text):
    """What a Markdown text says, in one line and without its marks: for previews, feeds and search engines."""
    said = []
    for token in _markdown.parse(str(text or "")[:LONGEST]):
        if token.type == "inline":
            said += [*(" " if one.type.endswith("break") else one.content for one in token.children), " "]
        elif token.type in ("fence", "code_block"):
            said.append(f"{token.content} ")
    return " ".join("".join(said).split())


def _with_people(tokens, known):
    """@name of someone in `known` becomes a link; in code and inside of other links nothing does."""
    found, depth = [], 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        found += _split(token, known) if token.type == "text" and not depth else [token]
    return found


def _split(token, known):
    found, at = [], 0
    for match in NAMED.finditer(token.content):
        word = match[1] if match[1].lower() in known else match[1].rstrip(".-_")
        name = known.get(word.lower())
        if name is None:
            continue
        opening = Token("link_open", "a", 1, attrs={"href": f"/users/{name}/"})
        found += [_text(token.content[at : match.start()]), opening, _text(f"@{word}"), Token("link_close", "a", -1)]
        at = match.start() + 1 + len(word)
    return [*found, _text(token.content[at:])]


def _text(content):
    return Token("text", "", 0, content=content)
