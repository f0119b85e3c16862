"""What a profile shows of a person; counts are those of what everybody may see."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Func, JSONField, Max, Q, Sum

from accounts.models import User
from accounts.queries import followers_count
from civitai import paging
from civitai.levels import viewer_mask
from community.domain.collecting import with_covers
from community.queries import collections_of
from gallery.models import Image
from gallery.queries import image_cards, with_card
from models_hub.catalogue.licences import LicenceFlags, granted_uses, licence_lines
from models_hub.models import Model
from models_hub.queries import model_cards, type_label
from models_hub.queries import with_card as models_with_card
from models_hub.reviews import written_by

SHOWCASE, SHELF, WALL, FEW = 4, 12, 12, 6
MOST_COLLECTIONS = 200
# What is narrower than its place would be blurred in it.
SHARP = 256
PAGE = 24


class JSONBArray(Func):
    function = "jsonb_build_array"
    output_field = JSONField()


@dataclass(frozen=True)
class Figures:
    followers: int
    models: int
    downloads: int
    made_with: int
    pictures: int
    up: int
    down: int
    newest_at: datetime | None
    # The type of each model, and each licence that one of them has.
    types: list
    licences: list

    @property
    def kinds(self):
        """[(what, how many)], the most first."""
        return [(type_label(kind), count) for kind, count in Counter(self.types).most_common()]

    @property
    def reviews(self):
        return self.up + self.down

    @property
    def recommended(self):
        """In whole per cent of the reviews; None where nobody said."""
        return round(100 * self.up / self.reviews) if self.reviews else None

    @property
    def allows(self):
        """What all their models allow, as lines; [] where one differs from another."""
        meant = {(*flags, granted_uses(uses)) for *flags, uses in self.licences}
        return licence_lines(LicenceFlags(*meant.pop())) if len(meant) == 1 else []


def figures(person):
    """Three queries."""
    flags = ("allow_no_credit", "allow_derivatives", "allow_different_license", "allow_commercial_use")
    of_models = (
        Model.objects.published()
        .filter(owner=person)
        .aggregate(
            models=Count("pk"),
            made_with=Sum("images", default=0),
            up=Sum("thumbs_up", default=0),
            down=Sum("thumbs_down", default=0),
            newest_at=Max("last_version_at"),
            types=ArrayAgg("type", default=[]),
            licences=ArrayAgg(JSONBArray(*flags), distinct=True, default=[]),
            downloads=Sum("downloads", default=0),
        )
    )
    pictures = Image.objects.in_feed().filter(owner=person).count()
    return Figures(followers=followers_count(person), pictures=pictures, **of_models)


def models_of(person, user):
    """Published models of a person with what their cards show, unordered."""
    return models_with_card(Model.objects.listed_to(user).filter(owner=person))


def collections(person, user, limit=None):
    """Those that stand on the profile for `user`, the latest first, with covers. Three queries; one where none is."""
    rows = collections_of(person, user).order_by("-is_saved", "-changed_at", "-id")[:limit]
    return with_covers(rows, user)


def reviews_of(person, user, cursor):
    """A page of what a person said of models, the newest first."""
    return paging.keyset(written_by(person, user), order=("-at", "-id"), cursor=cursor, limit=PAGE)


def shelf(person, user):
    return model_cards(models_of(person, user).order_by("-downloads", "-last_version_at", "-id")[:SHELF], user)


def pictures(person, user):
    """Cards of the newest pictures, and of the most liked sharp ones that the viewer sees whole. Two queries."""
    rows = with_card(Image.objects.listed_to(user).filter(owner=person))
    seen = rows.filter(picture__width__gte=SHARP).annotate(seen=F("level").bitand(viewer_mask(user))).filter(seen__gt=0)
    liked = [row for row in seen.order_by("-likes", "-id")[:SHOWCASE] if row.picture.state == "ready"]
    return image_cards(rows.order_by("-sort_at", "-id")[:WALL], user, eager=0), image_cards(liked, user)


def named(text):
    """People whose name or shown name has every word of `text`, in any case."""
    people = User.objects.listed()
    for word in text.split()[:8]:
        people = people.filter(Q(username__icontains=word) | Q(display_name__icontains=word))
    return people
