"""Reviews as the page of a model shows them. Reads only."""

import html

from django.db.models import IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import strip_tags
from django.utils.text import Truncator

from civitai.prose import render
from community.models import Thread
from models_hub.models import Model, Review

SHOWN, PAGE = 4, 20
SHOWS = {"up": True, "down": False}
QUOTED = 80


def listed(model, user, *, show="", version=None):
    """Reviews of a model with their writers, versions and how often they were answered; unordered."""
    rows = _live(user).filter(model=model)
    if show in SHOWS:
        rows = rows.filter(recommends=SHOWS[show])
    if version:
        rows = rows.filter(version=version)
    return _with_answers(rows)


def written_by(author, user):
    """What `author` said of models that `user` finds in lists, with the models; unordered."""
    rows = _live(user).filter(author=author, model__in=Model.objects.listed_to(user)).select_related("model")
    return _with_answers(rows)


def quotes_of(model_ids, user):
    """{model's id: {"quote", "by"}}: the newest words about each, without their marks, on one line. One query."""
    rows = _live(user).filter(model__in=model_ids).exclude(text="").order_by("model_id", "-at", "-id")
    return {
        row.model_id: {"quote": _plain(row.text), "by": row.author.name}
        for row in rows.distinct("model_id").select_related("author")
    }


def _plain(text):
    return Truncator(" ".join(html.unescape(strip_tags(render(text))).split())).chars(QUOTED)


def _live(user):
    rows = Review.objects.live()
    people = getattr(user, "hidden_people", ())
    return rows.exclude(author__in=people) if people else rows


def _with_answers(rows):
    threads = Thread.objects.filter(subject="models_hub.Review", row=OuterRef("pk")).values("comments")
    answers = Coalesce(Subquery(threads, output_field=IntegerField()), 0)
    return rows.select_related("author", "version__model").annotate(answers=answers)


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
