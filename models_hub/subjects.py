"""Models as things that can be reported."""

from django.utils.translation import gettext_lazy

from models_hub.domain import guarding, hiding, reviewing
from models_hub.models import Model, Review
from models_hub.states import AWAY
from moderation import subjects
from moderation.subjects import Described


def register():
    subjects.register(
        "models_hub.Model",
        name=gettext_lazy("Model"),
        describe=models,
        hide=hiding.hide,
        restore=hiding.restore,
        mark_person=guarding.mark_person,
    )
    subjects.register(
        "models_hub.Review",
        name=gettext_lazy("Review"),
        describe=reviews,
        hide=reviewing.hide,
        restore=reviewing.restore,
    )


def reviews(keys):
    numbers = [int(key) for key in keys if str(key).isdecimal() and len(str(key)) < 19]
    rows = Review.objects.filter(pk__in=numbers, removed_at=None).select_related("author", "model")
    return {
        str(row.pk): Described(
            title=f"{row.author.name}: {row.model.name}", url=row.get_absolute_url(), owner=row.author, text=row.text
        )
        for row in rows
    }


def models(keys):
    numbers = [int(key) for key in keys if str(key).isdecimal() and len(str(key)) < 19]
    rows = Model.objects.filter(pk__in=numbers).exclude(state__in=AWAY).select_related("owner")
    return {
        str(row.pk): Described(
            title=row.name or str(row),
            url=row.get_absolute_url(),
            owner=row.owner,
            pictures=(row.cover_id,) if row.cover_id else (),
            text=row.description,
        )
        for row in rows
    }
