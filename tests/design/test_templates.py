"""What every template must keep, whoever writes it."""

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from tests.design.reading import BASE, templates, without_comments

ALL = [pytest.param(path, id=str(path.relative_to(BASE / "templates"))) for path in templates()]
SPRITE = ElementTree.parse(BASE / "static/icons.svg").getroot()
ICONS = [symbol.get("id") for symbol in SPRITE if symbol.get("id")]


@pytest.mark.parametrize("path", ALL)
def test_nothing_is_inline(path):
    source = without_comments(path.read_text())
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", source, flags=re.S):
        data_only = re.search(r'type="application/(ld\+)?json"', attributes)
        assert not body.strip() or data_only, "a script belongs in static/js"
    assert not re.search(r"<style\b", source), "a style belongs in static/css"
    assert not re.search(r"""\son[a-z]+\s*=\s*["']""", source), "no event attributes: use data-module"
    assert "javascript:" not in source
    assert not re.search(r"hx-on|hx-vals=['\"]js:", source), "htmx may not evaluate either"


@pytest.mark.parametrize("path", ALL)
def test_a_style_attribute_sets_custom_properties_only(path):
    for style in re.findall(r'style="([^"]*)"', without_comments(path.read_text())):
        plain = re.sub(r"{%.*?%}|{{.*?}}", "x", style)
        for declaration in filter(None, (part.strip(" x") for part in plain.split(";"))):
            assert declaration.startswith("--"), f"{declaration!r}: write a class"


@pytest.mark.parametrize("path", ALL)
def test_every_icon_named_is_in_the_sprite(path):
    for name in re.findall(r"""{% icon ["']([\w-]+)["']""", path.read_text()):
        assert name in ICONS
    for name in re.findall(r"""\bicon=["']([\w-]+)["']""", path.read_text()):
        assert name in ICONS


def test_every_icon_named_in_code_is_in_the_sprite():
    for script in (BASE / "static/js").glob("*.js"):
        for name in re.findall(
            r"""\b(?:icon|swapIcon\(\w+,|button)\(?\s?["']([a-z][a-z0-9-]+)["']""", script.read_text()
        ):
            assert name in ICONS, f"{script.name}: {name}"


def test_the_sprite_names_nothing_twice():
    assert len(ICONS) == len(set(ICONS)) > 100


@pytest.mark.parametrize("path", [case for case in ALL if case.id.startswith("components/")])
def test_a_component_says_what_it_takes(path):
    assert re.search(r"{% comment %}.+?{% endcomment %}", path.read_text(), flags=re.S)


def test_vendored_files_are_what_they_were():
    vendor = BASE / "static/vendor"
    manifest = json.loads((vendor / "manifest.json").read_text())
    assert {path.name for path in vendor.glob("*.js")} <= set(manifest)
    for name, facts in manifest.items():
        digest = base64.b64encode(hashlib.sha384((vendor / name).read_bytes()).digest()).decode()
        assert digest == facts["sha384"], f"{name} was changed"
