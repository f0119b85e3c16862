"""Pictures of a bounty or an entry: added, taken out and put in order, after it was put up or entered."""

from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from community.domain import pictures
from community.models import Picture

MOST_PICTURES = 8


def add(row, stored):
    """Behind those that are there. `row` is a Bounty or an Entry."""
    first = row.shown.count()
    _links(row).bulk_create(_link(row, picture=picture, place=first + number) for number, picture in enumerate(stored))


def arrange(row, stored, *, out=(), order=(), field):
    """Takes `out` and puts the rest in `order` (keys of its links), `stored` pictures behind them; whether that
    changed anything. In the caller's transaction, with the row locked. Raises Refused.
    """
    links = list(row.shown.select_related("picture"))
    gone = [link for link in links if link.pk in set(out)]
    if any(link.picture.is_hidden or link.picture.withheld_at for link in gone):
        raise Refused(_("A picture that is being looked at stays."), field=field, code="held")
    kept = [link for link in links if link not in gone]
    if not stored and all(link.picture.state == "refused" for link in kept):
        raise Refused(_("Show at least one picture."), field=field)
    if len(kept) + len(stored) > MOST_PICTURES:
        raise Refused(_("At most %(count)s pictures.") % {"count": MOST_PICTURES}, field=field)
    wish = {pk: number for number, pk in enumerate(order)}
    sorted_ = sorted(kept, key=lambda link: (wish.get(link.pk, len(wish)), kept.index(link)))
    for number, link in enumerate(sorted_):
        _links(row).filter(pk=link.pk).update(place=number)
    if gone:
        _links(row).filter(pk__in=[link.pk for link in gone]).delete()
        pictures.discard(Picture.objects.filter(pk__in=[link.picture_id for link in gone]))
    add(row, stored)
    return bool(gone or stored or sorted_ != kept)


def _links(row):
    return type(row)._meta.get_field("shown").related_model.objects


def _link(row, **fields):
    relation = type(row)._meta.get_field("shown")
    return relation.related_model(**{relation.field.name: row}, **fields)
