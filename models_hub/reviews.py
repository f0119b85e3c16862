"""Reviews as the page of a model shows them. Reads only."""

from django.db.models import IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from community.models import Thread
from models_hub.models import Review

SHOWN, PAGE = 4, 20
SHOWS = {"up": True, "down": False}


def listed(model, user, *, show="", version=None):
    """Reviews of a model with their writers, versions and how often they were answered; unordered."""
    rows = Review.objects.live().filter(model=model)
    if people := getattr(user, "hidden_people", ()):
        rows = rows.exclude(author__in=people)
    if show in SHOWS:
        rows = rows.filter(recommends=SHOWS[show])
    if version:
        rows = rows.filter(version=version)
    threads = Thread.objects.filter(subject="models_hub.Review", row=OuterRef("pk")).values("comments")
    answers = Coalesce(Subquery(threads, output_field=IntegerField()), 0)
    return rows.select_related("author", "version").annotate(answers=answers)


def shown(model, user, *, show=""):
    """The newest few, for the page of the model. One query."""
    return list(listed(model, user, show=show).order_by("-at", "-id")[:SHOWN])


def mine(user):
    """For annotate(my_review=…) of models: the version that `user` reviewed last, or nothing."""
    rows = Review.objects.live().filter(model=OuterRef("pk"), author=user).order_by("-at")
    return Subquery(rows.values("version")[:1])


def verdict_of(model):
    """How many recommend it, in whole per cent; None where nobody said."""
    count = model.thumbs_up + model.thumbs_down
    if not count:
        return None
    up = round(100 * model.thumbs_up / count)
    return {"count": count, "up": up, "down": 100 - up}
