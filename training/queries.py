"""What the pages of training show."""

import math
import re
import uuid
from datetime import timedelta

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.translation import ngettext

from civitai.jobs import JobState
from community.models import Picture
from community.pixels import thumbhash
from training.domain import asking
from training.models import Dataset, DatasetPicture, Epoch, EpochSample, TrainingRun
from training.rights import WORDINGS
from training.states import DatasetState, RunState
from training.trainer.captions import parts_of, tag_frequency

WORDS = 12


def runs_of(user):
    """Newest first, each with its `cover`: the newest sample, or a picture that it learns from."""
    samples = EpochSample.objects.filter(epoch__run=OuterRef("pk"), index=0).order_by("-epoch__number")
    newest = Coalesce(Subquery(samples.values("picture")[:1]), _first_of(OuterRef("dataset")))
    rows = TrainingRun.objects.visible_to(user).select_related("dataset", "base__model").annotate(cover_id=newest)
    return _with_covers(rows.order_by("-created_at")[:60])


def sets_of(user):
    """Newest first, each with its `cover` and the `count` of its pictures."""
    rows = Dataset.objects.visible_to(user).annotate(count=Count("pictures"), cover_id=_first_of(OuterRef("pk")))
    return _with_covers(rows.order_by("-created_at")[:60])


def _first_of(dataset):
    ready = DatasetPicture.objects.filter(dataset=dataset, picture__state="ready", picture__hidden_at=None)
    return Subquery(ready.order_by("position", "id").values("picture")[:1])


def _with_covers(rows):
    rows = list(rows)
    covers = Picture.objects.in_bulk([row.cover_id for row in rows if row.cover_id])
    for row in rows:
        row.cover = covers.get(row.cover_id)
    return rows


def in_line():
    """How many runs wait or run: a new one begins after them."""
    return TrainingRun.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).count()


SMALLEST = 128
NEAR = 0.25  # of thumbhash.distance
SHOWN = 48


def marked(rows):
    """Each row with `number` (from 1), `twin` (the number of another one with the same pixels, or 0), `near` (of another
    one that nearly looks the same, or 0) and `is_small`."""
    places = {}
    for number, row in enumerate(rows, 1):
        row.number, row.near = number, 0
        places.setdefault(row.picture.pixels_sha256, []).append(number)
    for row in rows:
        same = places[row.picture.pixels_sha256] if row.picture.pixels_sha256 else []
        row.twin = next((other for other in same if other != row.number), 0)
        row.is_small = bool(row.picture.width) and min(row.picture.width, row.picture.height) < SMALLEST
    for one, other in _near(rows):
        one.near, other.near = one.near or other.number, other.near or one.number
    return rows


def _near(rows):
    """Pairs that look nearly the same. In the order of their lightness only neighbours need to be compared."""
    known = [(thumbhash.signature(row.picture.thumbhash), row) for row in rows]
    known = sorted(
        ((sign, row) for sign, row in known if sign), key=lambda pair: (pair[0][0], pair[0][1], pair[1].number)
    )
    for place, (sign, row) in enumerate(known):
        for other, neighbour in known[place + 1 :]:
            if other[0] != sign[0] or other[1][0] - sign[1][0] > 0.1:
                break
            far = thumbhash.distance(sign, other)
            if far is not None and far <= NEAR:
                yield row, neighbour


# What of a set is shown: the key of the address, and whether a marked row is of it.
KINDS = {
    "refused": lambda row: row.picture.state == "refused",
    "held": lambda row: bool(row.picture.hidden_at),
    "same": lambda row: bool(row.twin or row.near),
    "small": lambda row: row.is_small,
    "bare": lambda row: not row.caption.strip() and row.picture.state != "refused",
}
BAD = ("refused", "held")


def checks(rows):
    """[(kind, sentence key, numbers)] of what a trainer should know before starting, from marked rows."""
    found = [(key, [row.number for row in rows if is_of(row)]) for key, is_of in KINDS.items()]
    return [("bad" if key in BAD else "warn", key, numbers) for key, numbers in found if numbers]


def chosen(rows, *, show="", word="", whole=False):
    """The marked rows that are asked for: (those that are shown, how many more there are)."""
    if word:
        rows = [row for row in rows if word in parts_of(row.caption)]
    elif show in KINDS:
        rows = [row for row in rows if KINDS[show](row)]
    return (rows, 0) if whole else (rows[:SHOWN], max(0, len(rows) - SHOWN))


def captioned(rows):
    """(how many have a caption, words in it on average)."""
    counts = [len(row.caption.split()) for row in rows if row.caption.strip()]
    return len(counts), round(sum(counts) / len(counts)) if counts else 0


def shapes(rows):
    """["61 tall", "6 square"] of the pictures that are measured, in words."""
    sizes = [(row.picture.width, row.picture.height) for row in rows if row.picture.width]
    tall, wide = sum(h > w for w, h in sizes), sum(w > h for w, h in sizes)
    said = (
        (tall, ngettext("%(count)s tall", "%(count)s tall", tall)),
        (wide, ngettext("%(count)s wide", "%(count)s wide", wide)),
        (len(sizes) - tall - wide, ngettext("%(count)s square", "%(count)s square", len(sizes) - tall - wide)),
    )
    return [text % {"count": count} for count, text in said if count]


TOLD_FOR = timedelta(days=1)


def unpackings_of(dataset):
    """The last zips: at work, or ended not long ago."""
    fresh = Q(finished_at=None) | Q(finished_at__gt=timezone.now() - TOLD_FOR)
    return list(dataset.unpackings.filter(fresh).order_by("-created_at")[:3])


def words(rows):
    """[(part of a caption, how many have it, percent)], most frequent first; what only one has, only where all are so."""
    counted = tag_frequency([row.caption for row in rows])
    several = {word: n for word, n in counted.items() if n > 1} or counted
    return [(word, n, round(100 * n / max(1, len(rows)))) for word, n in list(several.items())[:WORDS]]


# The drawing of the losses, in units of its viewBox 0 0 760 220.
LEFT, RIGHT, TOP, BOTTOM = 40, 748, 12, 192


def chart(losses, *, steps, epochs, best=None):
    """What an SVG of the losses of a run of `steps` in `epochs` needs; `best` is the number of an epoch.

    Raw and smoothed points, grid lines at round values, epochs, the smoothed loss now. None with fewer than two.
    """
    values = [(step, loss) for step, loss in enumerate(losses, 1) if loss is not None]
    if len(values) < 2:
        return None
    smooth, mean = [], sum(loss for _step, loss in values[:8]) / len(values[:8])
    for step, loss in values:
        mean += (loss - mean) * 0.06
        smooth.append((step, mean))
    # What is far out of the rest would flatten the curve: it is drawn at the edge.
    ordered = sorted(loss for _step, loss in values)
    low, high = ordered[len(ordered) // 50], ordered[-1 - len(ordered) // 50]
    ticks = _round_values(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])
    total = max(steps, values[-1][0], 2)

    def x(step):
        return round(LEFT + (RIGHT - LEFT) * (step - 1) / (total - 1), 1)

    def y(loss):
        return round(BOTTOM - (BOTTOM - TOP) * (min(max(loss, low), high) - low) / ((high - low) or 1), 1)

    def points(pairs):
        return " ".join(f"{x(step)},{y(loss)}" for step, loss in pairs[:: max(1, len(pairs) // 300)])

    ends = [(number, total * number / epochs) for number in range(1, epochs + 1)] if epochs <= 24 else []
    at = next(((s, m) for s, m in reversed(smooth) if best and s <= total * best / epochs), None)
    return {
        "raw": points(values),
        "mean": points(smooth),
        "ticks": [(_loss(tick, len(f"{tick:.3f}".rstrip("0").partition(".")[2])), y(tick)) for tick in ticks],
        "epochs": [(number, x(end), round((x(end) + x(max(1, end - total / epochs))) / 2, 1)) for number, end in ends],
        # Its text stays inside: near the right end it stands before the point.
        "best": at and (x(at[0]), y(at[1]), _loss(at[1]), round(y(at[1]) - 12, 1), x(at[0]) > RIGHT - 40),
        "first": _loss(smooth[0][1]),
        "now": _loss(mean),
    }


def _loss(value, digits=3):
    """In the reader's separators, also where the drawing around it has none."""
    return number_format(value, digits)


def _round_values(low, high):
    """Three to six round numbers between."""
    rough = (high - low or abs(high) or 1) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 2.5 * power, 5 * power, 10 * power) if step >= rough)
    first = math.ceil(low / step)
    return [first * step + n * step for n in range(int(high / step + 1e-9) - first + 1)] or [low]


def pace(run):
    """(steps a second, seconds left) as the worker goes that has it now, or (None, None): the time in which nobody had it
    is no part of its pace. Of a run that has ended, as its last worker went."""
    now = run.finished_at or timezone.now()
    done = run.progress_done - run.pace_step
    if run.pace_at is None or done <= 0 or now <= run.pace_at or run.state in (RunState.QUEUED, RunState.PAUSED):
        return None, None
    speed = done / (now - run.pace_at).total_seconds()
    return round(speed, 2), (run.progress_total - run.progress_done) / speed


SHOWN_EPOCHS, SHOWN_LINES = 6, 6


def shown_epochs(epochs, best, *, whole=False):
    """The last ones, and with them the best of all."""
    last = epochs if whole else epochs[-SHOWN_EPOCHS:]
    return last if best is None or best in last else [best, *last[1:]]


def coming_epochs(run, epochs):
    """Numbers of those that a run will still keep, as far as there is room beside the ones shown."""
    if run.is_final:
        return []
    room = max(0, SHOWN_EPOCHS - len(epochs))
    return list(range(len(epochs) + 1, run.settings["epochs"] + 1))[:room]


def bases(user):
    """The bases as cards: version, and the first of its pictures."""
    cards = []
    for version in asking.bases(user):
        first = next((one.picture for one in version.samples.all() if one.picture.state == "ready"), None)
        cards.append({"version": version, "picture": first})
    return cards


def epochs_of(run):
    return list(run.epochs.prefetch_related("samples__picture").select_related("version__model").order_by("number"))


def origins_of(versions, **context):
    """The slot "version_origin": {version's pk: what it was trained on}, of those that came out of a run here."""
    rows = Epoch.objects.filter(version__in=versions).select_related("run")
    return {row.version_id: _origin(row) for row in rows}


def _origin(epoch):
    told = epoch.run.manifest
    return {
        "count": len(told["pictures"]),
        "word": WORDINGS.get(told.get("attested")),
        "at": parse_datetime(told.get("attested_at") or ""),
        "url": reverse("version_manifest", args=[epoch.version_id]),
    }


def manifest_of(version):
    """What a version was trained on and how, for whoever sees the version; None of one that was not trained here.

    Pictures and captions stand in it by their hashes: who has them can prove what was in, and nobody else gets them. Names
    are the version's own, from which a removal case may have taken some.
    """
    epoch = Epoch.objects.filter(version=version).select_related("run__base").first()
    if epoch is None:
        return None
    run = epoch.run
    return {
        "version": version.pk,
        "file_sha256": epoch.sha256,
        "trigger_words": version.shown_words,
        "base": {"version": run.base_id, "base_model": run.base.base_model},
        "trained": {"epoch": epoch.number, "steps": epoch.step, "settings": run.settings},
        "pictures": {"count": len(run.manifest["pictures"]), "sha256": run.manifest["pictures"]},
        "captions_sha256": run.manifest["captions_sha256"],
        "attested": {
            "version": run.manifest["attested"],
            "at": run.manifest["attested_at"],
            "wording": str(WORDINGS.get(run.manifest["attested"], "")),
        },
    }


def thumbs_of(dataset):
    """Ten pictures of a set that is still there."""
    if dataset.state == DatasetState.REMOVED:
        return []
    return [row.picture for row in asking.usable(dataset)[:10]]


def names_by_url(urls):
    """Fills "named_by_url": {address of a run: what it is called}. None where no address is one."""
    keys = _keys_of(urls)
    names = dict(TrainingRun.objects.filter(pk__in=keys.values()).values_list("pk", "name")) if keys else {}
    return {url: names[key] for url, key in keys.items() if key in names}


def gone_by_url(urls, *, user):
    """Fills "gone_by_url": {address of a run that the member does not see any more: True}."""
    keys = _keys_of(urls)
    seen = TrainingRun.objects.visible_to(user).filter(pk__in=keys.values()) if keys else TrainingRun.objects.none()
    seen = set(seen.values_list("pk", flat=True))
    return {url: True for url, key in keys.items() if key not in seen}


def _keys_of(urls):
    found = {url: _RUN.fullmatch(url) for url in urls}
    return {url: uuid.UUID(match[1]) for url, match in found.items() if match}


_RUN = re.compile(r"/training/runs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")
