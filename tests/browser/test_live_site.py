"""The running site itself: it answers, and what dies in it can be killed and started by a test."""

import json
from pathlib import Path

from civitai.services import processes


def test_the_site_is_alive_and_ready(page):
    assert page("/livez").text_content("body") == "ok"
    ready = json.loads(page("/readyz").text_content("body"))
    assert ready == {"database": True, "cache": True, "store": True}


def test_a_missing_page_is_designed_in_both_themes_and_widths(page):
    for theme in ("dark", "light"):
        for width in (390, 1280):
            opened = page("/there-is-no-such-page/", theme=theme, width=width)
            assert opened.locator("html").get_attribute("data-theme") == theme
            assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_a_killed_worker_is_dead_until_it_is_started(site):
    site.kill("worker-gpu")
    assert not site.children["worker-gpu"].is_alive
    site.start("worker-gpu")
    assert site.children["worker-gpu"].is_alive


def test_code_runs_on_the_sites_own_data(site):
    said = site.python("from django.db import connection; print(connection.settings_dict['NAME'])")
    assert said.strip() == site.name


def test_the_web_never_loads_torch(page, site):
    page("/")
    web = processes.in_session(site.children["web"].popen.pid)
    assert len(web) >= 3, "granian and its two workers"
    for pid in web:
        assert "libtorch" not in Path(f"/proc/{pid}/maps").read_text()
