"""Models as things that can be reported."""

from django.utils.translation import gettext_lazy

from models_hub.domain import guarding, hiding
from models_hub.models import Model
from models_hub.states import ModelState
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


def models(keys):
    numbers = [int(key) for key in keys if str(key).isdecimal() and len(str(key)) < 19]
    rows = Model.objects.filter(pk__in=numbers).exclude(state=ModelState.REMOVED).select_related("owner")
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
