import os
import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from civitai import stylesheets
from tests.design.reading import BASE

PARTS = [pytest.param(path, id=path.stem) for path in stylesheets.parts()]


@pytest.mark.parametrize("path", PARTS)
def test_a_part_is_whole_and_lives_in_a_layer(path):
    source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    assert source.count("{") == source.count("}") and source.count("(") == source.count(")")
    if path.stem != "tokens":
        assert source.lstrip().startswith("@layer "), "outside of a layer it would win over everything"
    assert "http:" not in source and "https:" not in source and "@import" not in source


def test_every_custom_property_that_is_read_is_set_somewhere():
    source = stylesheets.joined()
    written = set(re.findall(r"(--[\w-]+)\s*:", source)) | set(re.findall(r"@property (--[\w-]+)", source))
    written |= {
        name for path in (BASE / "templates").rglob("*.html") for name in re.findall(r"(--[\w-]+):", path.read_text())
    }
    written |= {
        name for path in (BASE / "static/js").glob("*.js") for name in re.findall(r'"(--[\w-]+)"', path.read_text())
    }
    read_without_default = set(re.findall(r"var\((--[\w-]+)\)", source))
    assert read_without_default - written == set()


def test_the_order_of_layers_comes_first():
    first = re.sub(r"/\*.*?\*/", "", stylesheets.joined(), flags=re.S).lstrip()
    assert first.startswith("@layer reset, tokens, base, layout, components, utilities;")


def test_an_edit_is_served_at_once(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path / "data"
    (tmp_path / "css/components").mkdir(parents=True)
    for name in stylesheets.FIRST:
        (tmp_path / f"css/{name}.css").write_text(f"/* {name} */")
    monkeypatch.setattr(stylesheets, "SOURCE", tmp_path / "css")
    finder = stylesheets.SiteStylesheetFinder()
    assert "/* tokens */" in open(finder.find("css/site.css")).read()
    part = tmp_path / "css/components/new.css"
    part.write_text("/* new */")
    later = os.stat(finder.find("css/site.css")).st_mtime + 5
    os.utime(part, (later, later))
    assert "/* new */" in open(finder.find("css/site.css")).read()
    assert finder.find("css/other.css") == []


def test_the_site_serves_it():
    assert finders.find("css/site.css")


def test_hashed_files_find_one_another(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "civitai.staticfiles.HashedStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    main = next(path for path in (tmp_path / "js").glob("main.*.js"))
    for name in re.findall(r"""["'](\./[\w.-]+\.js)["']""", main.read_text()):
        assert re.fullmatch(r"\./[\w-]+\.[0-9a-f]{12}\.js", name), f"{name} is not hashed"
        assert (tmp_path / "js" / name).exists()
    site = next(path for path in (tmp_path / "css").glob("site.*.css"))
    font = re.search(r'url\("?\.\./fonts/([^")]+)', site.read_text()).group(1)
    assert (tmp_path / "fonts" / font).exists() and re.search(r"\.[0-9a-f]{12}\.", font)
