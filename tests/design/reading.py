"""What the tests of the look share: a template rendered alone, and its elements."""

import re
from html.parser import HTMLParser
from pathlib import Path

from django.template import Context, Template
from django.template.loader import render_to_string

BASE = Path(__file__).resolve().parents[2]
VOID = {"img", "input", "br", "hr", "link", "meta", "use", "path"}


def templates():
    return sorted((BASE / "templates").rglob("*.html"))


def without_comments(source):
    return re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", source, flags=re.S)


class Elements(HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.found, self.open = [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
            self.open.pop()


def elements(source):
    parsed = Elements(source)
    assert not parsed.open, f"left open: {parsed.open}"
    return parsed.found


def component(name, /, **params):
    return render_to_string(f"components/{name}.html", params)


def render(source, **params):
    return Template("{% load ui i18n %}" + source).render(Context(params))
