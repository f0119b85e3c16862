"""What the pages of training show."""

from collections import Counter

from civitai.jobs import JobState
from training.domain import asking
from training.models import TrainingRun

WORDS = 12


def runs_of(user):
    return TrainingRun.objects.visible_to(user).select_related("dataset", "base__model").order_by("-created_at")[:60]


def in_line():
    """How many runs wait or run: a new one begins after them."""
    return TrainingRun.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).count()


def checks(dataset, rows):
    """[(kind, sentence key, numbers)] of what a trainer should know before starting; numbers count from 1."""
    found = []
    by_pixels = Counter(row.picture.pixels_sha256 for row in rows if row.picture.pixels_sha256)
    numbered = list(enumerate(rows, 1))
    refused = [n for n, row in numbered if row.picture.state == "refused"]
    held = [n for n, row in numbered if row.picture.hidden_at]
    small = [n for n, row in numbered if row.picture.width and min(row.picture.width, row.picture.height) < 128]
    bare = [n for n, row in numbered if not row.caption.strip()]
    same = [n for n, row in numbered if by_pixels.get(row.picture.pixels_sha256, 0) > 1]
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


def chart(losses, *, width=720, height=200):
    """What an SVG of the losses needs: raw and smoothed points, and the scale. None with fewer than two."""
    values = [(step, loss) for step, loss in enumerate(losses) if loss is not None]
    if len(values) < 2:
        return None
    shown = values[:: max(1, len(values) // 300)]
    smooth, mean = [], values[0][1]
    for step, loss in values:
        mean += (loss - mean) * 0.06
        smooth.append((step, mean))
    smooth = smooth[:: max(1, len(smooth) // 300)]
    low, high = min(v for _s, v in shown), max(v for _s, v in shown)
    span, last = (high - low) or 1, max(1, len(losses) - 1)

    def points(pairs):
        return " ".join(
            f"{width * step / last:.1f},{height - height * (min(max(value, low), high) - low) / span:.1f}"
            for step, value in pairs
        )

    return {
        "raw": points(shown),
        "mean": points(smooth),
        "width": width,
        "height": height,
        "low": f"{low:.3f}",
        "high": f"{high:.3f}",
        "now": f"{mean:.3f}",
    }


def bases(user):
    """The bases as cards: version, and the first of its pictures."""
    cards = []
    for version in asking.bases(user):
        first = next((one.picture for one in version.samples.all() if one.picture.state == "ready"), None)
        cards.append({"version": version, "picture": first})
    return cards


def epochs_of(run):
    return list(run.epochs.prefetch_related("samples__picture").select_related("version").order_by("number"))
