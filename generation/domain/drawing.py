"""A worker draws a generation: claim, weights, steps with previews, pictures one by one.

May be killed at any instant: each finished picture is a row with a place of its own, and the next attempt
draws only the places that are empty.
"""

import io
import logging
import time
from functools import cache, partial

from django.conf import settings
from django.core.cache import cache as shared
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from civitai.jobs import LostLease, claim, kept_alive
from community.domain import pictures
from gallery.metadata import png
from generation.domain.recipes import SOFTWARE, generation_text
from generation.models import Generation, GenerationResult
from models_hub.domain import weights
from models_hub.models.model import FROZEN
from models_hub.queries import primary_file
from moderation.domain import rating
from moderation.domain.cases import fees

log = logging.getLogger("generation.drawing")

BEAT_EVERY_S = 0.4
PREVIEW_EVERY_S = 0.8
PREVIEW_LIVES_S = 300
# What drawing and its recipe read of a generation.
WITH = ("base__model", "base__files__hashes", "resources__version__model", "resources__version__files__hashes")


def draw(generation_id):
    """Works on a queued generation; leaves it done, failed with a sentence, cancelled, or alone."""
    with claim(Generation, generation_id) as job:
        if job is None:
            return
        prefetch_related_objects([job], "owner", *WITH)
        # The sentence of a failure is for its owner. Loading weights may take minutes without a step.
        with translation.override(job.owner.language or settings.LANGUAGE_CODE), kept_alive(job):
            _draw(job)


def _draw(job):
    from generation.sampler.errors import SamplerError

    if job.hold_id and not fees.is_held(job.hold_id):
        raise Refused(gettext("It waited so long that the fee for the style went back to you. Ask for it again."))
    done = set(job.results.values_list("index", flat=True))
    missing = [index for index in range(job.count) if index not in done]
    job.beat(done=len(done) * job.steps, total=job.count * job.steps)
    try:
        request = _request(job)
        watch = _Watch(job, len(done))
        for run in _runs(missing):
            _draw_run(job, request, run, watch)
        job.finish(progress_done=job.progress_total)
    except SamplerError as error:
        raise Refused(error.told(gettext)) from error
    except MemoryError as error:
        raise Refused(_no_memory(job)) from error
    except RuntimeError as error:
        # torch has no class of its own for it on every device.
        if "memory" in str(error).lower():
            raise Refused(_no_memory(job)) from error
        raise
    finally:
        _show(job, None)


def _request(job):
    """The DrawRequest of the whole generation, its files on this machine. Raises Refused, TransientError."""
    from generation.sampler.request import DrawRequest

    return DrawRequest(
        base=_path(job.base),
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        loras=tuple((_path(resource.version), resource.weight) for resource in job.resources.all()),
        width=job.width,
        height=job.height,
        steps=job.steps,
        cfg_scale=job.cfg_scale,
        sampler=job.sampler,
        schedule=job.schedule,
        seed=job.seed,
        clip_skip=job.clip_skip,
        count=job.count,
    )


def _path(version):
    file = primary_file(version)
    model = version.model
    if model.freeze_level >= FROZEN or model.taken_down_at:
        raise Refused(gettext("A model of it is paused while a removal case is open."))
    if model.is_of_real_person:  # it may have been said while this waited
        raise Refused(
            gettext("“%(name)s” shows a real person. Nothing is made with it here.") % {"name": model.name}, code="RP2"
        )
    if file is None:
        raise Refused(
            gettext("The file of “%(name)s” is gone. Take it out and try again.") % {"name": version.model.name}
        )
    return weights.local_path(file)


def _runs(indexes):
    """Neighbours together, so that small pictures share their steps: [0, 1, 3] → (0, 2), (3, 1)."""
    runs = []
    for index in indexes:
        if runs and sum(runs[-1]) == index:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((index, 1))
    return runs


def _draw_run(job, request, run, watch):
    from dataclasses import replace

    first, count = run
    part = replace(request, seed=request.seed_of(first), count=count)
    for drawn in engine().draw(part, on_step=partial(watch.step, first)):
        index = first + drawn.index
        _keep(job, index, drawn)
        watch.finished(index)


class _Watch:
    """Beats and previews, but seldom: a step of a small model takes less than a query."""

    def __init__(self, job, finished):
        self.job = job
        self.steps = {}
        self.before = finished * job.steps
        # No preview of the noise that it begins with, and none of a picture that is there sooner.
        self.beat_at = self.preview_at = time.monotonic()

    def step(self, first, place, step, total, preview):
        now = time.monotonic()
        self.steps[first + place] = step
        if now - self.beat_at >= BEAT_EVERY_S:
            self.beat_at = now
            self.beat()
        if now - self.preview_at >= PREVIEW_EVERY_S:
            self.preview_at = now
            _show(self.job, _small(preview()))

    def finished(self, index):
        self.steps[index] = self.job.steps
        # The end of the last one is the end of the job, which is written next.
        if self.done < self.job.progress_total:
            self.beat()

    @property
    def done(self):
        return min(self.before + sum(self.steps.values()), self.job.progress_total)

    def beat(self):
        """Raises Cancelled, LostLease."""
        self.job.beat(done=self.done)


def _show(job, preview):
    """A preview, or none any more. The cache may be away: that is no reason to lose a picture."""
    try:
        if preview is None:
            shared.delete(preview_key(job.pk))
        else:
            shared.set(preview_key(job.pk), preview, PREVIEW_LIVES_S)
    except Exception:  # of whatever kind the cache's client makes it
        log.warning("the preview of %s could not be shown", job.pk, exc_info=True)


def _keep(job, index, drawn):
    """The picture with its text inside, stored and shown to its owner. Raises LostLease when it is not ours to keep."""
    buffer = io.BytesIO()
    drawn.image.save(buffer, "PNG")
    made = png.write_text(buffer.getvalue(), {"parameters": generation_text(job, index), "Software": SOFTWARE})
    picture = pictures.add_made(job.owner, made)
    told = {"picture": picture, "seed": drawn.seed, "seconds": round(drawn.seconds, 3)}
    is_beyond = _is_beyond(job, picture)
    try:
        with job.owned():
            GenerationResult.objects.create(generation=job, index=index, is_beyond=is_beyond, **told)
            if is_beyond:
                pictures.withhold([picture.pk])
    except (LostLease, IntegrityError):
        with transaction.atomic():
            pictures.discard([picture])
        raise LostLease from None


def _is_beyond(job, picture):
    """Whether a picture goes further than the artist of a licensed style allows, whatever was asked for."""
    return bool(job.fees) and rating.seen(picture.score) > fees.level_limit(job.fees)


def _small(image):
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "WEBP", quality=70)
    return buffer.getvalue()


def preview_key(generation_id):
    return f"preview:{generation_id}"


def preview_of(generation):
    """WebP bytes of what is seen so far, or None."""
    return shared.get(preview_key(generation.pk))


def _no_memory(job):
    return _("The worker ran out of memory at %(width)s × %(height)s. Try a smaller size.") % {
        "width": job.width,
        "height": job.height,
    }


@cache
def engine():
    """One for the process, with its models in memory; torch is loaded by the first job, not by the import."""
    from generation.sampler.engine import Engine

    return Engine("auto")
