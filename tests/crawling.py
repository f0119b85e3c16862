"""Walks the site as somebody: every link of every page that it finds, answers and headers included."""

import re
import urllib.request
from html import unescape
from urllib.parse import urljoin, urlsplit

_LINKS = re.compile(rb"""(?:href|src|hx-get|poster)=["']([^"'<>\s]+)["']""")
_IN_JSON = re.compile(rb'"(https?://[^"\s{]+|/[^"\s{]+)"')
# Leaving, changing the language, what is no content of ours.
_SKIPPED = re.compile(
    r"^/(?:static|accounts|preferences|styleguide|admin|mailbox|i18n|api/v1/docs|api/v1/openapi)\b|/logout|\.webmanifest$"
)


def crawl(client, seeds, *, most=160):
    """{address: the bytes of its headers and its body} of all that is reached from `seeds` by following links.

    What an answer leads to in the store is fetched, and read with its headers.
    """
    answers, waiting, kinds = {}, list(dict.fromkeys(seeds)), {}
    while waiting and len(answers) < most:
        url = waiting.pop(0)
        if url in answers:
            continue
        response = client.get(url)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        answers[url] = str(response.headers).encode() + b"\n" + body
        if "Location" in response.headers:
            waiting.append(_ours(url, response["Location"]))
            if response["Location"].startswith("http") and "testserver" not in response["Location"]:
                answers[url] += _outside(response["Location"])
        for link in [*_LINKS.findall(body), *_json_links(response, body)]:
            found = _ours(url, unescape(link.decode("utf-8", "ignore")))
            # Of each kind of address a few: a thousand pages of one list tell nothing new.
            kind = re.sub(r"=[^&]*", "=", re.sub(r"[0-9a-f-]{8,}|\d+", "N", found or ""))
            if found and found not in answers and kinds.get(kind, 0) < 2:
                kinds[kind] = kinds.get(kind, 0) + 1
                waiting.append(found)
        waiting = [one for one in waiting if one]
    return answers


def _json_links(response, body):
    return _IN_JSON.findall(body) if "json" in response.headers.get("Content-Type", "") else []


def _ours(url, link):
    parts = urlsplit(urljoin(f"http://testserver{url}", link))
    if parts.netloc not in ("testserver", "localhost", "localhost:8000") or parts.scheme not in ("http", "https"):
        return None
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return None if _SKIPPED.search(path) else path


def _outside(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as told:
            return str(told.headers).encode() + told.read()
    except OSError:
        return b""
