"""What the studio shows: what may be drawn with, what is in the works, what came out."""

import hashlib
import uuid
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Max, Prefetch, Q
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from civitai.jobs import JobState
from civitai.levels import Level
from civitai.paging import keyset
from generation.models import Generation, GenerationResource, GenerationResult
from models_hub.catalogue.generation import frame_of
from models_hub.catalogue.kinds import ADAPTERS
from models_hub.catalogue.licences import CommercialUse, granted_uses
from models_hub.models import Model, ModelVersion, VersionPicture
from models_hub.queries import generation_bases
from moderation.domain.cases import fees
from wallet.domain import quotes

ACTIVE = (JobState.QUEUED, JobState.RUNNING)
LINE_SHOWN = 1000
GROUPS = 12
FAILED_SHOWN = 5


def quote_of(version_ids):
    """What a quoted price is for."""
    return ["style fee", sorted(version_ids)]


@dataclass
class Studio:
    """A base and LoRAs as the form shows them."""

    bases: list
    base: ModelVersion | None
    loras: list = field(default_factory=list)  # (ModelVersion, weight)
    _fee: int | None = None
    _parts: dict = field(default_factory=dict)

    @property
    def frame(self):
        return frame_of(self.base.base_model) if self.base else None

    @property
    def shapes(self):
        """(value, label, height ÷ width as CSS wants it: width ÷ height) of the sizes its base draws well."""
        if not self.frame:
            return []
        return [(f"{w}x{h}", f"{w} × {h}", round(w / h, 3)) for w, h in self.frame.sizes]

    @property
    def fee(self):
        """Units for each picture that go to artists by agreement; 0 for nearly everything, and then nothing is asked."""
        if self._fee is None:
            ids = [version.pk for version in self.versions if version.model.usage == "generation"]
            self._fee, self._parts = fees.per_image(ids) if ids else (0, {})
        return self._fee

    @property
    def level(self):
        """How far pictures may go by agreement with artists; None where nothing is agreed."""
        return fees.level_limit(self._parts) if self.fee else None

    @property
    def quote(self):
        return quotes.sign(self.fee, quote_of([version.pk for version in self.versions])) if self.fee else ""

    @property
    def versions(self):
        return [self.base, *[version for version, _weight in self.loras]] if self.base else []

    @property
    def licence(self):
        return licence_line([self.base, *[version for version, _weight in self.loras]]) if self.base else None


BASES_SHOWN = 8


def studio(user, *, base_id=None, loras=()):
    """The Studio for a chosen base (or the first) and [(version id, weight)]; what the user does not see is left out."""
    bases = list(generation_bases(user)[:BASES_SHOWN])
    base = next((version for version in bases if version.pk == base_id), None)
    if base is None and base_id:
        base = generation_bases(user).filter(pk=base_id).first()
        bases += [base] if base else []
    base = base or (bases[0] if bases else None)
    several = {pk for pk, n in Counter(version.model_id for version in bases).items() if n > 1}
    own = _first_samples([version for version in bases if version.model_id in several])
    for version in bases:
        # Versions of one model would all be called alike, and look alike.
        version.label = version.shown_name if version.model_id in several else version.model.shown_name
        version.face = own.get(version.pk) or version.model.cover
    return Studio(bases=bases, base=base, loras=versions_of(user, loras))


def _first_samples(versions):
    """{version's pk: its first picture that is fit for everyone}. One query; none where nothing is asked."""
    if not versions:
        return {}
    rows = VersionPicture.objects.filter(version__in=versions, picture__state="ready", picture__level=Level.PG)
    rows = rows.order_by("version_id", "position", "id").distinct("version_id").select_related("picture")
    return {row.version_id: row.picture for row in rows}


def versions_of(user, weighted):
    """[(ModelVersion, weight)] in order for [(id, weight)], those that the user sees."""
    found = (
        ModelVersion.objects.drawn_by(user)
        .filter(pk__in=[pk for pk, _weight in weighted], model__type__in=ADAPTERS, model__in=Model.objects.usable())
        .select_related("model__cover", "model__owner")
        .in_bulk()
    )
    return [(found[pk], weight) for pk, weight in weighted if pk in found]


def licence_line(versions):
    """(may be sold, sentence): the strictest of all."""
    for version in versions:
        if CommercialUse.IMAGE not in granted_uses(version.model.allow_commercial_use, version.base_model):
            return False, _("Not for sale: %(name)s does not allow it.") % {"name": version.model.shown_name}
    named = [version.model.shown_name for version in versions if not version.model.allow_no_credit]
    if named:
        return True, _("You may sell these. %(name)s asks to be named.") % {"name": ", ".join(named)}
    return True, _("You may sell these pictures.")


def _whole():
    resources = GenerationResource.objects.select_related("version__model")
    results = GenerationResult.objects.select_related("picture", "image")
    return Generation.objects.select_related("base__model").prefetch_related(
        Prefetch("resources", resources), Prefetch("results", results)
    )


@dataclass
class Output:
    """The right side of the studio."""

    tasks: list
    groups: list
    next_cursor: str | None
    is_moving: bool
    seen: str


def output(user, *, cursor=None):
    """What is in the works and what came out, newest first. `seen` changes when anything shown does."""
    mine = _whole().filter(pk__in=Generation.objects.visible_to(user).values("pk"))
    tasks = [] if cursor else list(mine.filter(state__in=ACTIVE).order_by("created_at"))
    places = line_places() if any(task.state == JobState.QUEUED for task in tasks) else {}
    for task in tasks:
        task.place = places.get(task.pk)
        task.step_done = min(task.progress_done, task.progress_total)
    if not cursor:
        failed = mine.filter(state=JobState.FAILED).order_by("-created_at")[:FAILED_SHOWN]
        tasks += list(failed)
    page = keyset(
        mine.filter(Q(state__in=[JobState.DONE, JobState.CANCELLED]) & Q(results__isnull=False)).distinct(),
        order=("-created_at", "-id"),
        cursor=cursor,
        limit=GROUPS,
    )
    for group in page.rows:
        group.beyond = sum(result.is_beyond for result in group.results.all())
        group.shown = [r for r in group.results.all() if r.picture.state == "ready" and not r.is_beyond]
        group.unposted = [result for result in group.shown if result.image_id is None]
    state = [(str(t.pk), t.state, t.progress_done, getattr(t, "place", None)) for t in tasks]
    state += [(str(g.pk), len(g.shown), len(g.unposted)) for g in page.rows]
    return Output(
        tasks=tasks,
        groups=page.rows,
        next_cursor=page.next_cursor,
        is_moving=any(task.state in ACTIVE for task in tasks),
        seen=hashlib.blake2s(repr(state).encode(), digest_size=8).hexdigest(),
    )


def line_places():
    """{generation's key: its place among the waiting, from 1}, for the first thousand."""
    waiting = Generation.objects.filter(state=JobState.QUEUED).order_by("created_at").values_list("pk", flat=True)
    return {pk: place for place, pk in enumerate(waiting[:LINE_SHOWN], start=1)}


def names_by_url(urls):
    """Fills "named_by_url": {address of a generation: how many pictures, and of what}. None where no address is one."""
    keys = _keys_of(urls)
    rows = Generation.objects.in_bulk(keys.values()) if keys else {}
    return {url: _named(rows[key]) for url, key in keys.items() if key in rows}


def gone_by_url(urls, *, user):
    """Fills "gone_by_url": {address of a generation that the member does not see any more: True}."""
    keys = _keys_of(urls)
    seen = Generation.objects.visible_to(user).filter(pk__in=keys.values()) if keys else Generation.objects.none()
    seen = set(seen.values_list("pk", flat=True))
    return {url: True for url, key in keys.items() if key not in seen}


def _keys_of(urls):
    start = f"{reverse('create')}?generation="
    keys = {url: _key(url.removeprefix(start)) for url in urls if url.startswith(start)}
    return {url: key for url, key in keys.items() if key}


def _key(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _named(row):
    told = {"count": row.count, "prompt": Truncator(row.prompt).chars(60)}
    return ngettext("%(count)s picture: %(prompt)s", "%(count)s pictures: %(prompt)s", row.count) % told


def last_drawn(versions, **context):
    """Fills "last_drawn": {version's key: when somebody last asked for something with it; None while that waits or runs}."""
    rows = GenerationResource.objects.filter(version__in=versions).values("version")
    active = Count("pk", filter=Q(generation__state__in=ACTIVE))
    rows = rows.annotate(last=Max("generation__created_at"), active=active)
    return {row["version"]: None if row["active"] else row["last"] for row in rows}


def created_with(versions, *, user):
    """Fills the slot of the models room: {version's key: True} for those that `user` has drawn something with."""
    done = Generation.objects.filter(owner=user, state=JobState.DONE)
    found = set(
        GenerationResource.objects.filter(generation__in=done, version__in=versions).values_list("version", flat=True)
    )
    return {pk: True for pk in found | set(done.filter(base__in=versions).values_list("base", flat=True))}
