"""What can be reported and decided about. Each room registers its content; this room knows none of it.

A subject is named by (label, key): ("gallery.Image", "17"). Everything else is asked of who registered it.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.apps import apps

from civitai.errors import Refused


@dataclass(frozen=True)
class Described:
    """What a moderator needs to see of a thing. `pictures` are keys of community pictures, covered when shown."""

    title: str
    url: str = ""
    owner: object = None
    pictures: tuple = ()
    text: str = ""
    level: int = 0
    facts: tuple = ()
    # (title, address) of what it is made of, where that is many things.
    parts: tuple = ()


@dataclass(frozen=True)
class Kind:
    """`describe(keys) -> {key: Described}` in few queries; the verbs are (row, by=…) or absent where there is none."""

    label: str
    name: object
    describe: object
    hide: object = None
    restore: object = None
    set_level: object = None
    mark_person: object = None
    levels: tuple = ()
    # Many people's things at once: let out in one go, and hidden one by one, each with its own reasons to its owner.
    is_let_out_alone: bool = False
    # An objection: granted or not, never decided about like a thing.
    is_answered: bool = False

    def row(self, pk):
        """The row, whatever its state. Raises Refused when there is none."""
        model = apps.get_model(self.label)
        found = model._base_manager.filter(pk=pk).first()
        if found is None:
            raise Refused("It is not there any more.", code="gone")
        return found


_kinds = {}


def register(label, *, name, describe, hide=None, restore=None, **more):
    """Content that inherits Moderated needs no verbs: it is hidden and restored by them."""
    _kinds[label] = Kind(label, name, describe, hide or _hide, restore or _restore, **more)


def _hide(row, *, by, reason):
    return row.hide(by=by, reason=reason)


def _restore(row, *, by):
    return row.restore(by=by)


def kind_of(label):
    """Raises KeyError for what nobody registered."""
    return _kinds[label]


def is_known(label):
    return label in _kinds


def labels():
    return tuple(_kinds)


def label_of(row):
    return row._meta.label


def named(row):
    """(label, key) of a row."""
    return row._meta.label, str(row.pk)


def describe(subjects):
    """{(label, key): Described} for many at once, one call for each kind; what is gone is left out."""
    by_label = defaultdict(list)
    for label, pk in subjects:
        by_label[label].append(pk)
    found = {}
    for label, keys in by_label.items():
        if label in _kinds:
            for pk, described in _kinds[label].describe(list(dict.fromkeys(keys))).items():
                found[label, str(pk)] = described
    return found
