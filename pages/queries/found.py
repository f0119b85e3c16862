"""Search. Each kind is asked for in its own words; nothing that a viewer may not see is found, counted or hinted at."""

from functools import reduce
from operator import or_

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import Contains

from accounts.models import User
from accounts.queries import hidden_ids
from gallery.models import Image, Post, plain
from gallery.queries import with_card
from models_hub import browsing, wording
from models_hub.models import Model
from models_hub.queries import with_card as models_with_card
from pages.queries import people

MOST_COUNTED = 1000


def clean(text):
    return " ".join(text.replace("\x00", "").split())[: 2 * wording.LONGEST].strip()


def models(text, user):
    """Published models with those words in their names, tags, trigger words or descriptions."""
    return models_with_card(browsing.models(browsing.Asked(text=text), user))


def best_models(text, user, limit):
    """The best of them first: names before tags before descriptions."""
    return list(browsing.by_relevance(models(text, user), text)[:limit])


def images(text, user):
    """Images in the viewer's feed whose prompt or post's title has all words and none of the refused ones.

    A hidden recipe is not found by its prompt: that would give it away word by word.
    """
    rows = Image.objects.listed_to(user)
    for group in wording.read(text).groups:
        rows = rows.filter(reduce(or_, map(_condition, group)))
    return with_card(rows)


def _condition(term):
    # Models alone are of a kind, licensed and downloaded.
    wanted = _OF_PICTURES[term.key](term.value) if term.key in _OF_PICTURES else Q(pk__in=[])
    return ~wanted if term.is_refused else wanted


def _has(word):
    word = wording.folded(word)
    return Q(Contains(plain("prompt"), word), hide_recipe=False) | Q(Contains(plain("post__title"), word))


_OF_PICTURES = {
    "": _has,
    "by": browsing.made_by,
    "tag": lambda name: Q(post__in=Post.objects.filter(tags__name=name)),
    "base": lambda names: Q(base_model__in=names),
    "after": lambda day: Q(sort_at__gte=day),
    "before": lambda day: Q(sort_at__lt=day),
}


def members(text, user):
    """People with `models` and `pictures`, the counts of what everybody sees; without those whom `user` blocked."""
    names = [term for group in wording.read(text).groups for term in group]
    if any(term.key not in ("", "by") or term.is_refused for term in names):
        return User.objects.none()
    return (
        people.named(" ".join(term.value for term in names))
        .exclude(pk__in=hidden_ids(user))
        .annotate(models_shown=_count(Model.objects.published()), pictures_shown=_count(Image.objects.in_feed()))
    )


def _count(rows):
    counted = rows.filter(owner=OuterRef("pk")).order_by().values("owner").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def count(rows):
    """How many there are, to MOST_COUNTED + 1: one query that never reads a whole table's worth of rows."""
    return rows.model._base_manager.filter(pk__in=rows.order_by().values("pk")[: MOST_COUNTED + 1]).count()
