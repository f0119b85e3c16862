"""What of this room members talk about, keep and are told of."""

import re

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from civitai import adapters
from community.domain import collecting, threads
from models_hub.models import Model, Review
from models_hub.models.model import UNLISTED
from models_hub.queries import model_cards, with_card

MODEL, REVIEW = "models_hub.Model", "models_hub.Review"


def register():
    threads.register_subject(MODEL, MODEL, counter="comments", name=lambda model: model.shown_name)
    threads.register_subject(REVIEW, REVIEW, owner="author", name=lambda review: review.model.shown_name)
    collecting.register_subject(
        MODEL, MODEL, cards=cards, template="models_hub/_cards.html", name=_("Models"), order=20
    )
    notices.name_thing(MODEL, _("your model"))
    notices.register_kind(
        "review", text=_("%(by)s reviewed %(about)s"), icon="thumbs-up", label=_("Somebody reviews my model")
    )
    notices.register_kind(
        "model", text=_("%(by)s published %(about)s"), icon="box", label=_("Somebody whom I follow publishes a model")
    )
    adapters.on("version_published", tell_followers)
    adapters.fill("neutral_by_url", neutral_by_url)


ADDRESS = re.compile(r"/(models|reviews)/(\d{1,9})/(?:[^/?#]*/)?(.*)", re.S)


def neutral_by_url(urls, *, user):
    """Fills "neutral_by_url": {address in a notification: (name, address)} of what is unlisted by now."""
    parts = {url: found.groups() for url in urls if (found := ADDRESS.fullmatch(url))}
    asked = {kind: [int(pk) for name, pk, _rest in parts.values() if name == kind] for kind in ("models", "reviews")}
    if not parts:
        return {}
    rows = Model.objects.filter(freeze_level=UNLISTED).exclude(owner=user.pk)
    rows = rows.filter(Q(pk__in=asked["models"]) | Q(reviews__in=asked["reviews"])).distinct()
    shown = {("models", row.pk): row for row in rows}
    reviews = Review.objects.filter(pk__in=asked["reviews"], model__in=[row.pk for row in shown.values()])
    shown |= (
        {("reviews", pk): shown["models", model] for pk, model in reviews.values_list("pk", "model")} if shown else {}
    )
    return {
        url: (
            shown[name, int(pk)].shown_name,
            url if name == "reviews" else shown[name, int(pk)].get_absolute_url() + rest,
        )
        for url, (name, pk, rest) in parts.items()
        if (name, int(pk)) in shown
    }


def cards(ids, user):
    """{id: card} of models that are listed to `user`; one query."""
    rows = list(with_card(Model.objects.listed_to(user).filter(pk__in=ids)))
    return {row.pk: card for row, card in zip(rows, model_cards(rows, user), strict=True)}


def tell_followers(version, model, **facts):
    """Everyone who follows its maker, once for each version; in a worker."""
    url = f"{model.get_absolute_url()}?version={version.pk}"
    about = f"{model.name} {version.name}"
    notices.tell_followers(model.owner, "model", url=url, about=about, key=f"version:{version.pk}")
