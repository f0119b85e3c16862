"""The list of models: what an address asks for, and the rows it gets. Reads only."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, reduce
from operator import and_, or_

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import CharField, Count, F, FloatField, Q, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import followed_ids
from civitai.levels import LADDER, up_to
from community.models import Tag
from models_hub import wording
from models_hub.catalogue.bases import BASE_MODELS
from models_hub.catalogue.kinds import ACCEPTED_FORMATS, ModelType
from models_hub.catalogue.licences import CommercialUse, steps_to
from models_hub.models import Model, ModelFile, ModelPlace, ModelVersion
from models_hub.states import FileState, ModelState

SORTS = {
    "newest": (_("New"), ("-last_version_at", "-id")),
    "downloads": (_("Downloads"), ("-downloads", "-id")),
    "likes": (_("Liked"), ("-likes", "-id")),
}
# Where there are words; without any, the newest come first.
BEST = (_("Best match"), ("-relevance", "-downloads", "-id"))
LICENCES = {
    "sold": (_("Pictures may be sold"), Q(allow_commercial_use__overlap=steps_to(CommercialUse.IMAGE))),
    "paid": (_("May run on paid services"), Q(allow_commercial_use__overlap=steps_to(CommercialUse.RENT))),
    "merged": (_("May be merged"), Q(allow_derivatives=True)),
    "unnamed": (_("No need to name the author"), Q(allow_no_credit=True)),
}
PERIODS = {
    "": (_("Any time"), None),
    "year": (_("This year"), timedelta(days=365)),
    "month": (_("This month"), timedelta(days=30)),
    "week": (_("This week"), timedelta(days=7)),
    "day": (_("Today"), timedelta(days=1)),
}
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
    """(rows, order, at) of what `models` finds: themselves with "" `at`, or their places with "model__", where a tag, a time, or
    one type or base model is asked for and nothing that a place does not say.
    """
    which = _place(asked)
    if which is None:
        return models(asked, user), asked.order, ""
    rows = ModelPlace.objects.listed_to(user).filter(**which)
    if asked.types:
        rows = rows.filter(type__in=asked.types)
    if asked.bases:
        rows = rows.filter(bases__overlap=list(asked.bases))
    rows = _within(asked, rows, user, is_timed="leaves_at__gt" in which)
    return rows, tuple("-model_id" if key == "-id" else key for key in asked.order), "model__"


def model_of(place):
    place.model.card_base = place.card_base
    return place.model


def _place(asked):
    """Of the narrowest that is asked for."""
    if asked.licences or asked.formats or asked.wording.groups:
        return None
    if asked.tag:
        tag = Tag.objects.filter(name=asked.tag).annotate(of=Concat(Value("tag "), Cast("pk", CharField())))
        return {"of": Subquery(tag.values("of"))}
    if asked.period and asked.sort != "newest":
        return {"of": f"days {PERIODS[asked.period][1].days}", "leaves_at__gt": timezone.now()}
    if len(asked.bases) == 1:
        return {"of": f"base {asked.bases[0]}"}
    if len(asked.types) == 1:
        return {"of": f"type {asked.types[0]}"}
    return None


def _within(asked, rows, user, *, is_timed=False):
    """What models and their places say alike. `is_timed`: a place of a time says the period by itself; said twice, the
    planner would take it for rare.
    """
    if asked.following:
        rows = rows.filter(owner__in=followed_ids(user))
    if asked.period and not is_timed:
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


def counted(rows, mask):
    """How many there are, to 10,000, and how many of them are above the viewer's level. One query."""
    some = rows.order_by().annotate(visible=F("level_mask").bitand(mask)).values("visible")[: MOST_COUNTED + 1]
    found = some.aggregate(all=Count("visible"), above=Count("visible", filter=Q(visible=0)))
    return Counted(found["all"], found["above"])
