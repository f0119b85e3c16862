"""The menus. A room registers its entries when it is loaded, so no entry leads nowhere."""

from dataclasses import dataclass

from django.urls import reverse

_entries = {}


@dataclass(frozen=True)
class Entry:
    key: str
    label: str
    url_name: str
    icon: str
    order: int
    menu: str

    @property
    def url(self):
        return reverse(self.url_name)


def register_nav(key, label, url_name, icon, order, *, menu="main"):
    """`label` is a lazy translation; `order` sorts; `menu` is "main" (bar), "own" (avatar) or "foot"."""
    _entries[menu, key] = Entry(key, label, url_name, icon, order, menu)


def entries(menu="main"):
    return sorted((entry for entry in _entries.values() if entry.menu == menu), key=lambda entry: entry.order)
