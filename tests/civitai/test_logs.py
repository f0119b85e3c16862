"""No log holds an address that is a key itself: the site's own lines, the proxy's, the web server's."""

import logging
import re
from pathlib import Path

import pytest

from civitai.logs import WithoutSecrets
from civitai.services import roster

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "Zx9-kQ2_mN4rT6vW8yB1cD"
NGINX = (ROOT / "docs/deploy/nginx.conf").read_text()


@pytest.mark.parametrize(
    "line, args",
    [
        ("%s: %s", ("Not Found", f"/removal/{TOKEN}/")),
        (f"reference abc: POST /removal/{TOKEN}/offers/", ()),
        ("%s: %s", ("Not Found", f"/moderation/letters/WyIxIl0:1v:{TOKEN}/")),
        ("%s", (f"/api/v1/models?limit=1&token={TOKEN}",)),
    ],
)
def test_a_line_of_ours_loses_its_secret(line, args):
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, line, args, None)
    assert WithoutSecrets().filter(record)
    assert TOKEN not in record.getMessage() and "-" in record.getMessage()


def test_an_ordinary_line_stays_as_it_is():
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "%s: %s", ("Not Found", "/removal/"), None)
    WithoutSecrets().filter(record)
    assert record.getMessage() == "Not Found: /removal/" and record.args


def test_the_proxy_writes_the_address_of_a_case_without_its_secret():
    """The map's pattern is read from the file and tried; every log of the site's server uses the masked format."""
    pattern = re.search(r'map \$request_uri \$logged_uri \{\s+"~([^"]+)" /removal/-;', NGINX)[1]
    assert re.search(pattern, f"/removal/{TOKEN}/offers/") and not re.search(pattern, "/removal/?url=x")
    site = NGINX[NGINX.index("listen 80") : NGINX.index("listen 81")]
    log_format = re.search(r"log_format masked (.*?);\n", NGINX, re.S)[1]
    assert "access_log /var/log/nginx/access.log masked;" in site and "$logged_uri" in log_format
    assert not re.search(r"\$(request|request_uri|http_referer|uri|args)\b", log_format)
    at = re.search(r'location ~ "([^"]+)" \{\s+error_log /dev/null', site)[1]
    assert re.match(at, f"/removal/{TOKEN}/")


def test_the_web_server_writes_no_line_for_each_request():
    command = " ".join(roster.web_command(host="127.0.0.1", port=8000))
    docker = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if "granian" in line)
    assert "--access-log" not in command and "--access-log" not in docker
