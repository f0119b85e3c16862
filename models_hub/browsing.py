"""The list of models: what an address asks for, and the rows it gets. Reads only."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, reduce
from operator import and_, or_

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import CharField, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import followed_ids
from civitai.caching import kept
from civitai.levels import LADDER, SHOWABLE, Level, up_to
from civitai.paging import Found
from community.models import Tag
from models_hub import wording
from models_hub.catalogue.bases import BASE_MODELS
from models_hub.catalogue.kinds import ACCEPTED_FORMATS, ModelType
from models_hub.catalogue.licences import CommercialUse, steps_to
from models_hub.models import Model, ModelFile, ModelPlace, ModelVersion
from models_hub.models.place import MARKS, mark
from models_hub.states import FileState, ModelState

SORTS = {
    "newest": (_("New"), ("-last_version_at", "-id")),
    "downloads": (_("Downloads"), ("-downloads", "-likes", "-id")),
    "likes": (_("Liked"), ("-likes", "-downloads", "-id")),
}
# Where there are words; without any, the newest come first.
BEST = (_("Best match"), ("-relevance", "-downloads", "-id"))
LICENCES = {
    "sold": (_("Pictures may be sold"), Q(allow_commercial_use__overlap=steps_to(CommercialUse.IMAGE))),
    "paid": (_("May run on paid services"), Q(allow_commercial_use__overlap=steps_to(CommercialUse.RENT))),
    "merged": (_("May be merged"), Q(allow_derivatives=True)),
    "unnamed": (_("No need to name the author"), Q(allow_no_credit=True)),
}
# The same as marks of places.
_MARKED = {"sold": "Image", "paid": "Rent", "merged": "derivatives", "unnamed": "free of credit"}
PERIODS = {
    "": (_("Any time"), None),
    "year": (_("This year"), timedelta(days=365)),
    "month": (_("This month"), timedelta(days=30)),
    "week": (_("This week"), timedelta(days=7)),
    "day": (_("Today"), timedelta(days=1)),
}
SHARES = "models_hub.shares"
PAGE = 24
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Asked:
    """A cleaned address: what is unknown is left out, never an error."""

    text: str = ""
    types: tuple = ()
    bases: tuple = ()
    tag: str = ""
    sort: str = "newest"
    period: str = ""
    level: int | None = None
    licences: tuple = ()
    formats: tuple = ()
    following: bool = False

    @classmethod
    def of(cls, query):
        sort, period, level = query.get("sort"), query.get("period"), query.get("level", "")
        # The terms that are chips already, and what was added to them.
        text = " ".join(" ".join(query.getlist("q")).replace("\x00", "").split())[: 2 * wording.LONGEST].strip()
        return cls(
            text=text,
            types=tuple(value for value in query.getlist("type") if value in ModelType.values),
            bases=tuple(value for value in query.getlist("base") if value in BASE_MODELS),
            tag=query.get("tag", "").replace("\x00", "").strip().lower()[:60],
            sort=sort if sort in SORTS else "best" if _queries(text) else "newest",
            period=period if period in PERIODS else "",
            level=int(level) if level in {str(int(step)) for step in LADDER} else None,
            licences=tuple(value for value in LICENCES if value in query.getlist("licence")),
            formats=tuple(value for value in query.getlist("format") if value in ACCEPTED_FORMATS),
            following=query.get("from") == "following",
        )

    @cached_property
    def wording(self):
        return wording.read(self.text)

    @property
    def order(self):
        return (BEST if self.sort == "best" else SORTS[self.sort])[1]

    @property
    def filters(self):
        """How many of the menus are set."""
        chosen = (self.types, self.bases, self.period, self.level, self.tag, self.licences, self.formats)
        return sum(map(bool, chosen)) + self.following


def models(asked, user):
    """Published models that the address asks for and that `user` wants to see, unordered."""
    rows = _within(asked, Model.objects.listed_to(user), user)
    if asked.types:
        rows = rows.filter(type__in=asked.types)
    if asked.bases:
        rows = rows.filter(
            pk__in=ModelVersion.objects.filter(state=ModelState.PUBLISHED, base_model__in=asked.bases).values("model")
        )
    if asked.formats:
        ready = ModelFile.objects.filter(state=FileState.READY, format__in=asked.formats)
        rows = rows.filter(
            pk__in=ModelVersion.objects.filter(state=ModelState.PUBLISHED, files__in=ready).values("model")
        )
    for licence in asked.licences:
        rows = rows.filter(LICENCES[licence][1])
    if asked.tag:
        rows = rows.filter(tags__name=asked.tag)
    return holding(rows, asked.wording)


def listed(asked, user):
    """Found: what `models` finds, along places; words are looked for in the models themselves."""
    if asked.wording.groups:
        rows = models(asked, user)
        return Found(ranked(rows, asked.text) if asked.sort == "best" else rows, asked.order)
    return along(
        lambda rows: rows.listed_to(user),
        asked.order,
        types=asked.types,
        bases=asked.bases,
        formats=asked.formats,
        marks=[_MARKED[licence] for licence in asked.licences],
        tag=asked.tag,
        owners=followed_ids(user) if asked.following else (),
        lasts=PERIODS[asked.period][1],
        levels=int(up_to(asked.level)) if asked.level else None,
    )


def along(
    seen,
    order,
    *,
    types=(),
    bases=(),
    formats=(),
    marks=(),
    tag="",
    owners=(),
    lasts=None,
    levels=None,
    drawn=(),
    said=None,
):
    """Found: the models that `seen` leaves of a queryset (of models, or of places, which say the same), narrowed.

    Any of `types`, of `bases`, of `formats` and of `owners` (a tuple of keys, or a queryset of one column) will do; all of
    `marks` must hold. `drawn`: what one can draw with that has one of these bases. `said`: a Q of models. The narrowest that
    is asked for has places, along which the others are asked of each.
    """
    of, left = _places(order, types, bases, formats, marks, tag, owners, lasts, levels, drawn)
    rows, each = seen(ModelPlace.objects), ("of", of)
    if isinstance(of, tuple) and len(of) == 1:
        rows, each = rows.filter(of=of[0]), None
    start = None
    if "days" in left:
        rows, start = since(rows, "last_version_at", timezone.now() - lasts, order)
    elif lasts:
        rows = rows.filter(leaves_at__gt=timezone.now())
    if "types" in left:
        rows = rows.filter(type__in=types)
    if "bases" in left:
        rows = rows.filter(bases__overlap=list(bases))
    for name in marks:
        if ("mark", name) in left:
            rows = _marked(rows, name)
    if "formats" in left:
        rows = _marked(rows, *formats)
    if "owners" in left:
        rows = rows.filter(owner__in=owners)
    if "levels" in left:
        rows = rows.annotate(seen=F("level_mask").bitand(levels)).filter(seen__gt=0)
    if "drawn" in left:
        fitting = ModelPlace.objects.filter(of__in=drawn, model=OuterRef("model"))
        rows = rows.filter(Exists(fitting))
    if said:
        rows = rows.filter(model__in=Model.objects.filter(said))
    return Found(rows, order, things=seen(Model.objects), key="model_id", each=each, start=start)


def since(rows, field, time, order):
    """(rows, start of Found): those that came at `time` or later. The oldest first, they begin there: it is said to the index
    where no cursor is, and for all others in words that it does not know.
    """
    if order[0] != field:
        return rows.filter(**{f"{field}__gte": time}), None
    return rows.alias(came=F(field) + timedelta(0)).filter(came__gte=time), Q(**{f"{field}__gte": time})


def _marked(rows, *names):
    """Those that have any of these marks."""
    known = [name for name in names if name in MARKS]
    if not known:
        return rows.none()
    as_said = f"is_{mark(*known)}"
    return rows.annotate(**{as_said: F("marks").bitand(mark(*known))}).filter(**{f"{as_said}__gt": 0})


def _places(order, types, bases, formats, marks, tag, owners, lasts, levels, drawn):
    """(of, left): the places of the narrowest that is asked for, a tuple of names or a queryset of them, and the rest by names."""
    left = {"types": types, "bases": bases, "formats": formats, "levels": levels, "drawn": drawn}
    left = {name: value for name, value in left.items() if value}
    left |= {("mark", name): name for name in marks}
    if lasts:
        left["days"] = lasts
    if isinstance(owners, QuerySet) or owners:
        left["owners"] = owners
    if tag:
        # Before those whom one follows: they may be many.
        of = Tag.objects.filter(name=tag).annotate(of=Concat(Value("tag "), Cast("pk", CharField()))).values("of")
        return of, left
    if "owners" in left:
        return _of_owners(left.pop("owners")), left
    # Places that there are for what is asked, and what need not be asked of them any more.
    choices = [((f"is {name}",), [("mark", name)]) for name in marks]
    if types and bases:
        choices.append((tuple(f"base {base}, type {kind}" for base in bases for kind in types), ["types", "bases"]))
    else:
        choices += [(tuple(f"base {base}" for base in bases), ["bases"])] if bases else []
        choices += [(tuple(f"type {kind}" for kind in types), ["types"])] if types else []
    if formats:
        choices.append((tuple(f"is {name}" for name in formats), ["formats"]))
    if drawn:
        choices.append((tuple(drawn), ["drawn"]))
    if lasts and "last_version_at" not in order[0]:
        choices.append(((f"days {lasts.days}",), ["days"]))
    if levels and levels != int(SHOWABLE):
        choices.append((tuple(f"level {int(level)}" for level in Level if level and level & levels), ["levels"]))
    if not choices:
        return ("all",), left
    if len(choices) > 1:
        known = _shares()
        choices.sort(key=lambda choice: sum(known.get(one, 0) for one in choice[0]))
    of, said = choices[0]
    return of, {name: value for name, value in left.items() if name not in said}


def _shares():
    """{of: its share of all places} of those that are common, as the planner knows them; asked once in ten minutes."""

    def asked():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT unnest(most_common_vals::text::text[]), unnest(most_common_freqs) FROM pg_stats"
                " WHERE schemaname = current_schema() AND tablename = %s AND attname = 'of'",
                [ModelPlace._meta.db_table],
            )
            return dict(cursor.fetchall())

    return kept(SHARES, asked, seconds=600)


def _of_owners(owners):
    if not isinstance(owners, QuerySet):
        return tuple(f"owner {pk}" for pk in owners)
    column = next(iter(owners.query.values_select), "pk")
    return owners.annotate(of=Concat(Value("owner "), Cast(column, CharField()))).values("of")


def _within(asked, rows, user):
    if asked.following:
        rows = rows.filter(owner__in=followed_ids(user))
    if asked.period:
        rows = rows.filter(last_version_at__gte=timezone.now() - PERIODS[asked.period][1])
    if asked.level:
        rows = rows.annotate(seen=F("level_mask").bitand(int(up_to(asked.level)))).filter(seen__gt=0)
    return rows


def holding(rows, wording):
    """Those of `rows` that say all that was typed."""
    for group in wording.groups:
        rows = rows.filter(reduce(or_, map(_condition, group)))
    return rows


def _condition(term):
    wanted = _OPERATORS[term.key](term.value)
    return ~wanted if term.is_refused else wanted


def has_word(word):
    """The word, or the words in this order, begin words of its name, tags, trigger words, versions or description."""
    return Q(search=_query(word)) if wording.lexemes(word) else Q(pk__in=[])


def _query(word):
    """A tsquery: every run followed by the next, the last one a beginning."""
    quoted = [f"'{lexeme}'" for lexeme in wording.lexemes(word)]
    quoted[-1] += ":*"
    return SearchQuery(" <-> ".join(quoted), config="simple", search_type="raw")


def _in_versions(**said):
    return Q(pk__in=ModelVersion.objects.filter(state=ModelState.PUBLISHED, **said).values("model"))


def made_by(name):
    """By whom it is, of those who are named at all."""
    return Q(owner__in=User.objects.listed().named(name).values("pk"))


_OPERATORS = {
    "": has_word,
    "by": made_by,
    "tag": lambda name: Q(pk__in=Model.tags.through.objects.filter(tag__name=name).values("model")),
    "base": lambda names: _in_versions(base_model__in=names),
    "type": lambda names: Q(type__in=names),
    "licence": lambda key: LICENCES[key][1],
    "downloads": lambda said: Q(**{f"downloads__{said[0]}": said[1]}),
    "after": lambda day: Q(last_version_at__gte=day),
    "before": lambda day: Q(last_version_at__lt=day),
}


def by_relevance(rows, text):
    """Best first: words of the name before tags, before descriptions."""
    return ranked(rows, text).order_by(*BEST[1]) if _queries(text) else rows


def ranked(rows, text):
    """With `relevance`, where there are words."""
    queries = _queries(text)
    if not queries:
        return rows
    # The column with its weights (a bare name would be read as words again), and as a double, so that a cursor gives
    # back the very number that was compared.
    return rows.annotate(relevance=Cast(SearchRank(F("search"), reduce(and_, queries)), FloatField()))


def _queries(text):
    groups = [[_query(word) for word in group if wording.lexemes(word)] for group in wording.read(text).words]
    return [reduce(or_, group) for group in groups if group]


def meant(text, user):
    """The name of a model that the mistyped `text` may have meant, or ""."""
    words = wording.read(text).plain
    if len(words) < 3:
        return ""
    near = Model.objects.listed_to(user).filter(name__trigram_word_similar=words)
    near = near.annotate(nearness=TrigramWordSimilarity(words, "name")).order_by("-nearness", "-downloads")
    with transaction.atomic(), connection.cursor() as cursor:
        # The operator that the index knows compares with this.
        cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = 0.4")
        return near.values_list("name", flat=True).first() or ""


@dataclass(frozen=True)
class Counted:
    count: int
    above: int

    @property
    def is_capped(self):
        return self.count > MOST_COUNTED


def counted(found, mask):
    """How many there are, to 10,000, and how many of them are above the viewer's level. One query."""
    some = found.everything().order_by().annotate(visible=F("level_mask").bitand(mask)).values(found.key, "visible")
    # Of several places of one model it is counted once.
    some = (some.distinct() if found.each else some)[: MOST_COUNTED + 1]
    found = some.aggregate(all=Count("visible"), above=Count("visible", filter=Q(visible=0)))
    return Counted(found["all"], found["above"])
