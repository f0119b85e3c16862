"""What the pages of training show."""

import math

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from civitai.jobs import JobState
from community.models import Picture
from training.domain import asking
from training.models import Dataset, DatasetPicture, EpochSample, TrainingRun
from training.states import DatasetState

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


def marked(rows):
    """Each row with `twin` (the number of another one with the same pixels, or 0) and `is_small`."""
    places = {}
    for number, row in enumerate(rows, 1):
        places.setdefault(row.picture.pixels_sha256, []).append(number)
    for number, row in enumerate(rows, 1):
        same = places[row.picture.pixels_sha256] if row.picture.pixels_sha256 else []
        row.twin = next((other for other in same if other != number), 0)
        row.is_small = bool(row.picture.width) and min(row.picture.width, row.picture.height) < SMALLEST
    return rows


def checks(dataset, rows):
    """[(kind, sentence key, numbers)] of what a trainer should know before starting; numbers count from 1."""
    found = []
    numbered = list(enumerate(marked(rows), 1))
    refused = [n for n, row in numbered if row.picture.state == "refused"]
    held = [n for n, row in numbered if row.picture.hidden_at]
    small = [n for n, row in numbered if row.is_small]
    bare = [n for n, row in numbered if not row.caption.strip() and row.picture.state != "refused"]
    same = [n for n, row in numbered if row.twin]
    for kind, key, numbers in (
        ("bad", "refused", refused),
        ("bad", "held", held),
        ("warn", "small", small),
        ("warn", "bare", bare),
        ("warn", "same", same),
    ):
        if numbers:
            found.append((kind, key, numbers))
    return found


def words(rows):
    """[(part of a caption, how many have it, percent)], most frequent first."""
    from training.trainer.captions import tag_frequency

    counted = list(tag_frequency([row.caption for row in rows]).items())[:WORDS]
    return [(word, n, round(100 * n / max(1, len(rows)))) for word, n in counted]


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
        "ticks": [(f"{tick:.3f}".rstrip("0").rstrip("."), y(tick)) for tick in ticks],
        "epochs": [(number, x(end), round((x(end) + x(max(1, end - total / epochs))) / 2, 1)) for number, end in ends],
        "best": at and (x(at[0]), y(at[1]), f"{at[1]:.3f}", round(y(at[1]) - 12, 1)),
        "first": f"{smooth[0][1]:.3f}",
        "now": f"{mean:.3f}",
    }


def _round_values(low, high):
    """Three to six round numbers between."""
    rough = (high - low or abs(high) or 1) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 2.5 * power, 5 * power, 10 * power) if step >= rough)
    first = math.ceil(low / step)
    return [first * step + n * step for n in range(int(high / step + 1e-9) - first + 1)] or [low]


def pace(run):
    """(steps a second, seconds left) of a run that runs, or (None, None): a worker's loss is no part of its pace."""
    now = run.finished_at or timezone.now()
    if run.started_at is None or run.attempt != 1 or not run.progress_done or now <= run.started_at:
        return None, None
    speed = run.progress_done / (now - run.started_at).total_seconds()
    return round(speed, 2), (run.progress_total - run.progress_done) / speed


def bases(user):
    """The bases as cards: version, and the first of its pictures."""
    cards = []
    for version in asking.bases(user):
        first = next((one.picture for one in version.samples.all() if one.picture.state == "ready"), None)
        cards.append({"version": version, "picture": first})
    return cards


def epochs_of(run):
    return list(run.epochs.prefetch_related("samples__picture").select_related("version").order_by("number"))


def thumbs_of(dataset):
    """Ten pictures of a set that is still there."""
    if dataset.state == DatasetState.REMOVED:
        return []
    return [row.picture for row in asking.usable(dataset)[:10]]
