"""Search. Each kind is asked for in its own words; nothing that a viewer may not see is found, counted or hinted at."""

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.queries import hidden_ids
from gallery.models import Image
from gallery.queries import with_card
from models_hub import browsing
from models_hub.models import Model
from models_hub.queries import with_card as models_with_card
from pages.queries import people

LONGEST = 200
MOST_COUNTED = 1000


def clean(text):
    return " ".join(text.replace("\x00", "").split())[:LONGEST].strip()


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
    words = browsing.words_of(text)
    for word in words.wanted:
        rows = rows.filter(_has(word))
    for word in words.unwanted:
        rows = rows.exclude(_has(word))
    return with_card(rows)


def _has(word):
    return Q(prompt__icontains=word, hide_recipe=False) | Q(post__title__icontains=word)


def members(text, user):
    """People with `models` and `pictures`, the counts of what everybody sees; without those whom `user` blocked."""
    return (
        people.named(text)
        .exclude(pk__in=hidden_ids(user))
        .annotate(models_shown=_count(Model.objects.published()), pictures_shown=_count(Image.objects.in_feed()))
    )


def _count(rows):
    counted = rows.filter(owner=OuterRef("pk")).order_by().values("owner").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def count(rows):
    """How many there are, to MOST_COUNTED + 1: one query that never reads a whole table's worth of rows."""
    return rows.model._base_manager.filter(pk__in=rows.order_by().values("pk")[: MOST_COUNTED + 1]).count()
