"""What an address of the API asks for, and the rows it gets. Reads only.

Lists come repeated or joined by commas, booleans as any of their words; what nobody knows is left out.
"""

import json
import re
from datetime import timedelta

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.queries import followed_ids, hidden_ids, hidden_tag_ids
from civitai import paging
from civitai.levels import LADDER, SHOWABLE, Level
from community.models import Collection, CollectionItem
from models_hub import wording
from models_hub.browsing import by_relevance, holding
from models_hub.catalogue.bases import BASE_MODELS, fits
from models_hub.catalogue.generation import frame_of
from models_hub.catalogue.kinds import ADAPTERS
from models_hub.catalogue.licences import CommercialUse, steps_to
from models_hub.models import Model, ModelFile, ModelVersion
from models_hub.showing import drawn_bases
from models_hub.states import FileState, ModelState

MOST_ROWS = 1000
LEVELS_TOLD = f"a sum of {', '.join(f'{int(level)} {level.label}' for level in LADDER)}; wins over nsfw"
YES, NO = {"true", "1", "yes", "on", "y", "enabled"}, {"false", "0", "no", "off", "n", "disabled"}
DEEPEST_SEARCH = 10_000
SUBJECT = "models_hub.Model"
SORTS = {
    # By what the answer says of each: the reviews that recommend it.
    "highest rated": ("-thumbs_up", "-downloads", "-id"),
    "most liked": ("-likes", "-downloads", "-id"),
    "most downloaded": ("-downloads", "-likes", "-id"),
    "most discussed": ("-comments", "-downloads", "-id"),
    "most collected": ("-collected", "-downloads", "-id"),
    "most images": ("-images", "-downloads", "-id"),
    "newest": ("-last_version_at", "-id"),
    "oldest": ("last_version_at", "id"),
}
PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365}


class BadQuery(Exception):
    def __init__(self, name, text):
        super().__init__(text)
        self.name, self.text = name, text

    @property
    def told(self):
        """Lists tell it as a text that holds JSON, since that is what clients parse."""
        issues = json.dumps([{"code": "invalid", "path": [self.name], "message": self.text}])
        return {"error": {"name": "ZodError", "message": issues}}


def many(query, *names):
    found = []
    for name in names:
        for value in query.getlist(name) + query.getlist(f"{name}[]"):
            found += [part.strip() for part in value.split(",") if part.strip()]
    return found


def numbers(query, name):
    values = many(query, name)
    if not all(re.fullmatch(r"\d{1,10}", value, re.ASCII) for value in values):
        raise BadQuery(name, "Expected a list of numbers")
    return [int(value) for value in values]


def number(query, name, default, *, least, most):
    value = query.get(name, "")
    if value == "":
        return default
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not least <= int(value) <= most:
        raise BadQuery(name, f"Expected a number from {least} to {most}")
    return int(value)


def flag(query, name):
    value = query.get(name, "").strip().lower()
    if value == "":
        return None
    if value not in YES | NO:
        raise BadQuery(name, "Expected true or false")
    return value in YES


def one(query, *names):
    return next((query[name].strip().replace("\x00", "") for name in names if query.get(name, "").strip()), "")


def wish(query, name):
    """Whether something is wanted that is said by any word but a no: these have never been looked at closely."""
    value = query.get(name, "").strip().lower()
    return bool(value) and value not in NO


def named(username):
    """Members of that name, as it stands or as an address writes it: spaces are underscores, the rest falls away."""
    slug = re.sub(r"[^A-Za-z0-9_]", "", username.replace(" ", "_", 1))
    return User.objects.filter(Q(username__iexact=username[:64]) | Q(username__iexact=slug[:64]))


def mask_of(query):
    """browsingLevel wins over nsfw; both mean a set of levels."""
    level = number(query, "browsingLevel", None, least=0, most=63)
    if level is not None:
        return level & int(SHOWABLE)
    return int(SHOWABLE) if flag(query, "nsfw") else int(Level.PG)


def filtered(query, mask, user):
    """Published models that the address asks for, without what `user` chose not to see."""
    rows = _seen_by(query, user).annotate(seen=F("level_mask").bitand(mask)).filter(seen__gt=0)
    rows = _with_versions(query, _of_whom(query, rows, user))
    if types := many(query, "types"):
        rows = rows.filter(type__in=types)
    if kind := one(query, "checkpointType"):
        rows = rows.filter(checkpoint_type__iexact=kind)
    if ids := numbers(query, "ids"):
        rows = rows.filter(pk__in=ids)
    if tag := one(query, "tag", "tagname"):
        rows = rows.filter(tags__name=tag.lower()[:60])
    if days := PERIODS.get(one(query, "period").lower()):
        rows = rows.filter(last_version_at__gte=timezone.now() - timedelta(days=days))
    # Everything here is for everybody at once, and open.
    if wish(query, "earlyAccess") or one(query, "availability").lower() not in ("", "public"):
        rows = rows.none()
    return _licensed(query, rows)


def _seen_by(query, user):
    """`favorites` are what the member keeps, `hidden` what lists leave out for them."""
    if flag(query, "hidden"):
        hidden = Q(owner__in=hidden_ids(user)) | Q(tag_ids__overlap=hidden_tag_ids(user))
        return Model.objects.published().filter(hidden)
    rows = Model.objects.listed_to(user)
    if flag(query, "favorites"):
        kept = CollectionItem.objects.filter(collection__owner=user, subject=SUBJECT)
        rows = rows.filter(pk__in=kept.values("row"))
    if (collection := number(query, "collectionId", None, least=0, most=2**31 - 1)) is not None:
        shown = Collection.objects.visible_to(user).filter(pk=collection)
        rows = rows.filter(pk__in=CollectionItem.objects.filter(collection__in=shown, subject=SUBJECT).values("row"))
    return rows


def _of_whom(query, rows, user):
    if username := one(query, "username", "user"):
        rows = rows.filter(owner__in=named(username).values("pk"))
    if wish(query, "followed"):
        rows = rows.filter(owner__in=followed_ids(user))
    return rows


def _with_versions(query, rows):
    """What is asked of versions must hold for one that everybody sees."""
    shown = ModelVersion.objects.filter(state=ModelState.PUBLISHED)
    if ids := numbers(query, "modelVersionIds"):
        rows = rows.filter(pk__in=shown.filter(pk__in=ids).values("model"))
    if bases := many(query, "baseModels"):
        rows = rows.filter(pk__in=shown.filter(base_model__in=bases).values("model"))
    if formats := many(query, "fileFormats"):
        ready = ModelFile.objects.filter(state=FileState.READY, format__in=formats)
        rows = rows.filter(pk__in=shown.filter(files__in=ready).values("model"))
    if wish(query, "supportsGeneration"):
        drawn = drawn_bases()
        fitting = [name for name in BASE_MODELS if frame_of(name) and any(fits(name, base) for base in drawn)]
        drawable = Q(can_generate=True) | Q(model__type__in=ADAPTERS, base_model__in=fitting)
        rows = rows.filter(pk__in=shown.filter(drawable, files__state=FileState.READY).values("model"))
    if wish(query, "fromPlatform"):
        rows = rows.filter(pk__in=shown.exclude(parent=None).values("model"))
    return rows


def _licensed(query, rows):
    for name, field in (
        ("allowNoCredit", "allow_no_credit"),
        ("allowDerivatives", "allow_derivatives"),
        ("allowDifferentLicense", "allow_different_license"),
        ("allowDifferentLicenses", "allow_different_license"),
    ):
        if (wanted := flag(query, name)) is not None:
            rows = rows.filter(**{field: wanted})
    for use in many(query, "allowCommercialUse"):
        granted = use in CommercialUse.values and use != CommercialUse.NONE
        rows = rows.filter(allow_commercial_use__overlap=steps_to(use)) if granted else rows.none()
    return rows


def searched(rows, text, limit, cursor):
    """(rows, cursor of what follows or None): best first, `cursor` the number of rows before. A word that is nowhere
    is taken for the names that are nearest to it.
    """
    if cursor and not (re.fullmatch(r"\d{1,6}", cursor, re.ASCII) and int(cursor) < DEEPEST_SEARCH):
        raise paging.BadCursor
    start = int(cursor or 0)
    if limit == 0:
        return [], None
    asked = wording.read(text[: wording.LONGEST])
    exact = holding(rows, asked)
    if exact.exists() or len(asked.plain) <= 2:
        found = list(by_relevance(exact, text[: wording.LONGEST])[start : start + limit + 1])
    else:
        found = _near(holding(rows, asked.without_words()), asked.plain, start, limit + 1)
    return found[:limit], str(start + limit) if len(found) > limit else None


def _near(rows, words, start, count):
    near = rows.filter(name__trigram_word_similar=words).annotate(nearness=TrigramWordSimilarity(words, "name"))
    with transaction.atomic(), connection.cursor() as cursor:
        # The operator that the index knows compares with this.
        cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = 0.4")
        return list(near.order_by("-nearness", "-downloads", "-id")[start : start + count])


def paged(rows, order, limit, page, cursor):
    """(rows, cursor of what follows or None). Pages are numbered to a thousand rows; cursors go on for ever."""
    if limit == 0:
        return [], None
    names = [name.lstrip("-") for name in order]
    if page and not cursor:
        found = list(rows.order_by(*order)[(page - 1) * limit : page * limit + 1])
        more = len(found) > limit
        found = found[:limit]
        return found, _cursor([getattr(found[-1], name) for name in names]) if more else None
    opaque = paging.encode(_unpack(cursor, len(names))) if cursor else None
    found = paging.keyset(rows, order=order, cursor=opaque, limit=limit)
    return found.rows, _cursor([getattr(found.rows[-1], name) for name in names]) if found.has_more else None


def _cursor(values):
    return "|".join(value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values)


def _unpack(cursor, count):
    parts = cursor[:300].split("|")
    if len(parts) != count:
        raise paging.BadCursor
    return parts
