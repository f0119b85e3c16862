"""The menus. A room registers its entries when it is loaded, so no entry leads nowhere.

`main` is the bar (and the phone's dock), `own` the member's menu, `foot` the foot of every page.
"""

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

    @property
    def url(self):
        return reverse(self.url_name)


def register_nav(key, label, url_name, icon, order, *, menu="main"):
    """`label` is a lazy translation; `order` sorts from left to right, or downwards."""
    _entries[menu, key] = Entry(key, label, url_name, icon, order)


def entries(menu="main"):
    found = [entry for (where, _), entry in _entries.items() if where == menu]
    return sorted(found, key=lambda entry: entry.order)
