"""The one way in which this site reads a page of somebody else's.

https alone; the name is resolved once and that very address is called, so a name can't mean one thing to the check
and another to the connection; every address that is not out in the open is refused, in both families and in their
disguises; redirects are checked like first addresses. Tests inject the resolver and the connection, never the guard.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext_lazy as _

MOST_REDIRECTS = 3
PATIENCE_S = 5
MOST_BYTES = 5 * 1024 * 1024
# A v4 address in v6 clothes reaches what the v4 address reaches: NAT64, 6to4, Teredo, and mapped ones.
_DISGUISES = [ipaddress.ip_network(net) for net in ("64:ff9b::/32", "2002::/16", "2001::/32", "::/96", "::ffff:0:0/96")]
_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.[a-z][a-z0-9-]{0,61}[a-z0-9]")


class NotFetched(Exception):
    """`sentence` says why, to the person who gave the address."""

    def __init__(self, sentence):
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self):
        return str(self.sentence)


@dataclass(frozen=True)
class Page:
    host: str
    url: str
    text: str


def resolved(host):
    return [found[4][0] for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


def is_open(address):
    """Whether an address is out in the open, and not ours, a neighbour's or a machine's own."""
    try:
        address = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if address.version == 6 and any(address in net for net in _DISGUISES):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def get(url, *, resolve=resolved, connect=None):
    """The Page at `url`. Raises NotFetched. No cookies, no credentials, nothing of ours goes with it."""
    deadline = time.monotonic() + PATIENCE_S
    for _hop in range(MOST_REDIRECTS + 1):
        host, path = _checked(url)
        address = _address(host, resolve)
        status, headers, body = _asked(host, address, path, deadline, connect or _connected)
        if status in (301, 302, 303, 307, 308) and headers.get("location"):
            url = urljoin(url, headers["location"])
            continue
        if status != 200:
            raise NotFetched(_("The page answered with %(status)s.") % {"status": status})
        return Page(host=host, url=url, text=body.decode("utf-8", "replace"))
    raise NotFetched(_("The page sends us on too often."))


def _checked(url):
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, (parts.hostname or "").rstrip(".")
        host = host.encode("idna").decode() if host and not host.isascii() else host
    except (ValueError, UnicodeError):
        raise NotFetched(_("This is no address of a page.")) from None
    if parts.scheme != "https":
        raise NotFetched(_("The address must begin with https://."))
    # Numbers in any spelling (127.1, 0x7f000001, [::1]) are no names of pages.
    if parts.username or parts.password or port not in (None, 443) or len(host) > 253 or not _NAME.fullmatch(host):
        raise NotFetched(_("This is no address of a page that we can read."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not re.fullmatch(r"[\x21-\x7e]+", path):
        from urllib.parse import quote

        path = quote(path, safe="/?&=%+:,;@!$'()*~")
    return host, path


def _address(host, resolve):
    try:
        addresses = list(resolve(host))
    except OSError:
        raise NotFetched(_("There is no such page.")) from None
    # One closed address among open ones is a trap, not a page.
    if not addresses or not all(is_open(address) for address in addresses):
        raise NotFetched(_("This is no address of a page that we can read."))
    return addresses[0]


def _connected(address, host, seconds):
    raw = socket.create_connection((address, 443), timeout=seconds)
    return ssl.create_default_context().wrap_socket(raw, server_hostname=host)


def _asked(host, address, path, deadline, connect):
    connection = http.client.HTTPConnection(host, 443)
    try:
        connection.sock = connect(address, host, _left(deadline))
        connection.request(
            "GET", path, headers={"Host": host, "User-Agent": "civitai-proof/1", "Accept": "text/html, text/plain"}
        )
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, _read(answer, connection, deadline)
    except (OSError, ssl.SSLError, http.client.HTTPException) as error:
        raise NotFetched(_("The page did not answer.")) from error
    finally:
        connection.close()


def _left(deadline):
    left = deadline - time.monotonic()
    if left <= 0:
        raise NotFetched(_("The page took too long."))
    return left


def _read(answer, connection, deadline):
    body = bytearray()
    while True:
        # The reply may end the connection; what is left of it is read through its own file.
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
        _left(deadline)
        part = answer.read1(65536)
        if not part:
            return bytes(body)
        body += part
        if len(body) > MOST_BYTES:
            raise NotFetched(_("The page is too large."))
