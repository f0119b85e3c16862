"""Collections: what members keep. Rooms register what can be kept, and how it is shown."""

from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import Greatest, RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import limits
from civitai.access import fetch
from civitai.errors import Refused
from community import queries
from community.domain import guarding, writing
from community.models import Collection, CollectionItem, Shown

MOST, MOST_ITEMS = 200, 5000
PER_MINUTE = 60

_subjects = {}


@dataclass(frozen=True)
class Subject:
    """`cards(ids, user) -> {id: card}`: what `user` may see listed of them; `template` draws `cards`, a list."""

    label: str
    source: object
    cards: object
    template: str
    name: object
    order: int

    @property
    def model(self):
        return apps.get_model(self.source) if isinstance(self.source, str) else self.source


def register_subject(label, model, *, cards, template, name, order=50):
    """Things of `label` can be collected. `name` (lazy plural) heads their part of a collection's page."""
    _subjects[label] = Subject(label, model, cards, template, name, order)


def subjects():
    return sorted(_subjects.values(), key=lambda subject: subject.order)


def subject_of(label):
    if label not in _subjects:
        raise Refused(_("This can't be kept."), code="subject")
    return _subjects[label]


def seen(user, label, row_id):
    """The row, when `user` sees it. Raises Refused, Http404."""
    return fetch(subject_of(label).model.objects, user, pk=row_id)


def keep(user, label, row_id, *, wanted=True):
    """Puts it into "Saved", or takes it out again. True when it lies there now. Twice is once."""
    saved, _is_new = Collection.objects.get_or_create(owner=user, is_saved=True, defaults={"name": "Saved"})
    (put if wanted else take_out)(saved, label, row_id, by=user)
    return wanted


def put(collection, label, row_id, *, by):
    """True when that is new. Raises Refused, Http404 for what `by` does not see, TooMany."""
    row = seen(by, label, row_id)
    limits.allow(f"collect:{by.pk}", most=PER_MINUTE, seconds=60)
    with transaction.atomic():
        held = Collection.objects.select_for_update().get(pk=collection.pk)
        if held.items >= MOST_ITEMS:
            raise Refused(_("A collection holds at most %(count)s things.") % {"count": MOST_ITEMS}, code="full")
        _row, is_new = CollectionItem.objects.get_or_create(collection=held, subject=label, row=row.pk)
        if is_new:
            _count(held, +1)
    return is_new


def take_out(collection, label, row_id, *, by):
    """True when it was there; what is gone from the site can be taken out too."""
    with transaction.atomic():
        held = Collection.objects.select_for_update().get(pk=collection.pk)
        gone = CollectionItem.objects.filter(collection=held, subject=label, row=row_id).delete()[0]
        if gone:
            _count(held, -1)
    return bool(gone)


def _count(collection, step):
    rows = Collection.objects.filter(pk=collection.pk)
    rows.update(items=Greatest(F("items") + step, 0), changed_at=timezone.now())


def choose(user, label, row_id, *, ids, name="", shown=Shown.PRIVATE):
    """It lies in those of `user`'s collections that `ids` names, in a new one called `name`, and in no other."""
    with transaction.atomic():
        for collection in queries.collections_for(user, label, row_id):
            if collection.has_it != (collection.pk in ids):
                (take_out if collection.has_it else put)(collection, label, row_id, by=user)
        if name.strip():
            put(begin(user, name=name, shown=shown), label, row_id, by=user)


def begin(user, *, name, description="", shown=Shown.PRIVATE):
    """Raises Refused for more than MOST, and for words that nobody can read."""
    fields = _described(name, description, shown, by=user)
    if Collection.objects.filter(owner=user).count() >= MOST:
        raise Refused(_("You have %(count)s collections, which is as many as we keep.") % {"count": MOST})
    return Collection.objects.create(owner=user, **fields)


def describe(collection, *, name, description, shown):
    """Raises Refused for "Saved", which stays as it is."""
    if collection.is_saved:
        raise Refused(_("What you saved is for you alone."), code="saved")
    fields = _described(name, description, shown, by=collection.owner)
    Collection.objects.filter(pk=collection.pk).update(**fields)
    collection.refresh_from_db()
    return collection


def _described(name, description, shown, *, by):
    fields = {
        "name": writing.tidy(name, longest=80, field="name").replace("\n", " "),
        "description": writing.tidy(description, longest=1000, optional=True, field="description"),
        "shown": Shown(shown),
    }
    # What must be held stays with its owner.
    writer = None if fields["shown"] == Shown.PRIVATE else by
    if guarding.judge(f"{fields['name']}\n{fields['description']}", by=writer, field="name"):
        fields["shown"] = Shown.PRIVATE
    return fields


def remove(collection):
    """With its list; the things themselves stay where they are."""
    collection.delete()


def cards_of(items, user):
    """Of CollectionItem rows of one subject, in order: [card] of those that `user` may see listed."""
    items = list(items)
    if not items:
        return []
    found = subject_of(items[0].subject).cards([item.row for item in items], user)
    return [found[item.row] for item in items if item.row in found]


def with_covers(collections, user, *, each=4):
    """The collections, each with `.covers`: cards of its newest pictures that `user` may see; where there are none,
    the covers of what else lies in it. Two queries where all have pictures, none where there is no collection; else a few more for each kind of thing.
    """
    collections = list(collections)
    for collection in collections:
        collection.covers = []
    for subject in subjects():
        _add_covers([one for one in collections if not one.covers], subject, user, each)
    return collections


def _add_covers(collections, subject, user, each):
    if not collections:
        return
    newest = Window(RowNumber(), partition_by="collection", order_by=["-at", "-id"])
    items = CollectionItem.objects.filter(collection__in=collections, subject=subject.label)
    items = list(items.annotate(place=newest).filter(place__lte=each).order_by("place"))
    cards = subject.cards([item.row for item in items], user) if items else {}
    of = {collection.pk: collection for collection in collections}
    for item in items:
        if cover := _cover_of(cards.get(item.row, {})):
            of[item.collection_id].covers.append(cover)


def _cover_of(card):
    """A picture's card is its own cover; that of another thing has one, or none that the viewer may see."""
    if card.get("src"):
        return card
    cover = card.get("cover")
    return cover and {"src": cover["url"], "w": cover["width"], "h": cover["height"], "tone": cover["tone"]}
