"""What an address of the API asks for, and the rows it gets. Reads only.

Lists come repeated or joined by commas, booleans as any of their words; what nobody knows is left out.
"""

import json
import re
from datetime import timedelta

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from accounts.queries import followed_ids, hidden_ids, hidden_tag_ids
from civitai import paging
from civitai.levels import LADDER, SHOWABLE, Level
from community.models import Collection, CollectionItem
from models_hub import browsing, wording
from models_hub.browsing import by_relevance, holding
from models_hub.catalogue.bases import BASE_MODELS, fits
from models_hub.catalogue.generation import frame_of
from models_hub.catalogue.kinds import CheckpointType, FileFormat
from models_hub.catalogue.licences import CommercialUse
from models_hub.models import ModelVersion
from models_hub.showing import drawn_bases
from models_hub.states import ModelState

MOST_ROWS = 1000
LEVELS_TOLD = f"a sum of {', '.join(f'{int(level)} {level.label}' for level in LADDER)}; wins over nsfw"
YES, NO = {"true", "1", "yes", "on", "y", "enabled"}, {"false", "0", "no", "off", "n", "disabled"}
DEEPEST_SEARCH = 10_000
SUBJECT = "models_hub.Model"
NOTHING = ""
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
    return User.objects.named(username[:64], slug[:64])


def mask_of(query):
    """browsingLevel wins over nsfw; both mean a set of levels."""
    level = number(query, "browsingLevel", None, least=0, most=63)
    if level is not None:
        return level & int(SHOWABLE)
    return int(SHOWABLE) if flag(query, "nsfw") else int(Level.PG)


def found(query, mask, user):
    """The models that an address asks for, without what `user` chose not to see, in its order, to take pages of."""
    order = SORTS.get(one(query, "sort").lower(), SORTS["highest rated"])
    days = PERIODS.get(one(query, "period").lower())
    formats, bases = dict.fromkeys(many(query, "fileFormats")), dict.fromkeys(many(query, "baseModels"))
    known = [name for name in formats if name in FileFormat.values]
    marks = list(dict.fromkeys(_marks(query)))
    seen, said = _seen_by(query, user)
    if NOTHING in marks or (formats and not known) or not mask:
        said &= Q(pk__in=[])
    return browsing.along(
        seen,
        order,
        types=tuple(dict.fromkeys(many(query, "types"))),
        bases=tuple(bases),
        formats=tuple(known),
        marks=[name for name in marks if name != NOTHING],
        tag=one(query, "tag", "tagname").lower()[:60],
        owners=_of_whom(query, user),
        lasts=timedelta(days=days) if days else None,
        levels=mask,
        drawn=drawn_places() if wish(query, "supportsGeneration") else (),
        said=said & _one_by_one(query),
    )


def filtered(query, mask, user):
    """The same models, to be searched for words."""
    listed = found(query, mask, user)
    return listed.things.filter(pk__in=listed.everything().values(listed.key))


def _seen_by(query, user):
    """(what leaves of models, or of their places, those that are listed, a Q of models). `favorites` are what the member keeps,
    `hidden` what lists leave out for them.
    """
    if flag(query, "hidden"):
        return lambda rows: rows.published(), Q(owner__in=hidden_ids(user)) | Q(tag_ids__overlap=hidden_tag_ids(user))
    said = Q()
    if flag(query, "favorites"):
        kept = CollectionItem.objects.filter(collection__owner=user, subject=SUBJECT)
        said &= Q(pk__in=kept.values("row"))
    if (collection := number(query, "collectionId", None, least=0, most=2**31 - 1)) is not None:
        shown = Collection.objects.visible_to(user).filter(pk=collection)
        said &= Q(pk__in=CollectionItem.objects.filter(collection__in=shown, subject=SUBJECT).values("row"))
    return lambda rows: rows.listed_to(user), said


def _of_whom(query, user):
    username, followed = one(query, "username", "user"), wish(query, "followed")
    if not username:
        return followed_ids(user) if followed else ()
    rows = named(username)
    return (rows.filter(pk__in=followed_ids(user)) if followed else rows).values("pk")


def _one_by_one(query):
    """What no place says: a Q of models."""
    said = Q()
    if ids := numbers(query, "ids"):
        said &= Q(pk__in=ids)
    if ids := numbers(query, "modelVersionIds"):
        # What is asked of versions must hold for one that everybody sees.
        said &= Q(pk__in=ModelVersion.objects.filter(state=ModelState.PUBLISHED, pk__in=ids).values("model"))
    # Everything here is for everybody at once, and open.
    if wish(query, "earlyAccess") or one(query, "availability").lower() not in ("", "public"):
        said &= Q(pk__in=[])
    return said


def drawn_places():
    """Of models that members can draw with now: bases that are installed, and what fits one of them."""
    drawn = drawn_bases()
    fitting = [name for name in BASE_MODELS if frame_of(name) and any(fits(name, base) for base in drawn)]
    return ("is drawn", *(f"fits {name}" for name in fitting))


def _marks(query):
    """What must hold of a model, as marks of places; NOTHING for what no model has."""
    if kind := one(query, "checkpointType").capitalize():
        yield kind if kind in CheckpointType.values else NOTHING
    if wish(query, "fromPlatform"):
        yield "trained here"
    for name, yes, no in (
        ("allowNoCredit", "free of credit", "credit"),
        ("allowDerivatives", "derivatives", "no derivatives"),
        ("allowDifferentLicense", "any licence", "same licence"),
        ("allowDifferentLicenses", "any licence", "same licence"),
    ):
        if (wanted := flag(query, name)) is not None:
            yield yes if wanted else no
    for use in many(query, "allowCommercialUse"):
        yield use if use in CommercialUse.values and use != CommercialUse.NONE else NOTHING


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


def paged(found, dress, limit, page, cursor):
    """(rows, cursor of what follows or None) of what paging.Found has. Pages are numbered to a thousand rows; cursors go on
    for ever.
    """
    if limit == 0:
        return [], None
    names = [name.lstrip("-") for name in found.order]
    start = (page - 1) * limit if page and not cursor else 0
    opaque = paging.encode(_unpack(cursor, len(names))) if cursor else None
    told = found.page(dress, cursor=opaque, limit=limit, start=start)
    return told.rows, _cursor([getattr(told.rows[-1], name) for name in names]) if told.has_more else None


def _cursor(values):
    return "|".join(value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values)


def _unpack(cursor, count):
    parts = cursor[:300].split("|")
    if len(parts) != count:
        raise paging.BadCursor
    return parts
