"""A member asks for a run: everything is checked before a worker sees it."""

import hashlib
import json
import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused, TooMany
from civitai.jobs import JobState
from models_hub.models import ModelVersion
from models_hub.queries import primary_file
from moderation.policy import people
from training.domain import paying
from training.models import TrainingRun

LEAST_PICTURES = 4
RUNNING_AT_ONCE = 2
MOST_STEPS = 10_000
# Seconds of a step of one picture at 128 pixels on one core, measured; an estimate says "about".
STEP_S, PREPARE_S = 0.022, 4.0


def bases(user):
    """Versions that one trains on: what is drawn with here."""
    return (
        ModelVersion.objects.visible_to(user)
        .filter(can_generate=True, model__is_of_real_person=False)
        .select_related("model")
        .prefetch_related("samples__picture")
        .order_by("model_id", "id")
    )


def estimate_s(settings, pictures):
    return PREPARE_S + settings.steps(pictures) * settings.batch_size * STEP_S * (settings.resolution / 128) ** 2


def usable(dataset):
    """The pictures that a run learns: ready, and not held."""
    return dataset.pictures.filter(picture__state="ready", picture__hidden_at=None).select_related("picture")


def ask(dataset, owner, *, base, settings, prompts=(), submission=""):
    """The queued TrainingRun; the same submission is one. Raises Refused with its field, NotEnough."""
    submission = submission or uuid.uuid4().hex
    first = TrainingRun.objects.filter(owner=owner, submission=submission).first()
    if first:
        return first
    rows = list(usable(dataset))
    _check(dataset, owner, base, settings, rows, prompts)
    steps = settings.steps(len(rows))
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                owner=owner,
                dataset=dataset,
                base=base,
                name=dataset.name,
                trigger=dataset.trigger,
                settings=settings.as_dict(),
                manifest=manifest_of(dataset, rows),
                prompts=[prompt[:300] for prompt in prompts if prompt.strip()][:4],
                progress_total=steps,
                price=paying.price_of(steps),
                submission=submission,
            )
            run.hold = paying.hold_for(run)
            run.save(update_fields=["hold"])
            run.enqueue()
            return run
    except IntegrityError:
        return TrainingRun.objects.get(owner=owner, submission=submission)


def manifest_of(dataset, rows):
    """What it was trained on, for good: the pictures' hashes, the captions, and whose word they were used on."""
    captions = [row.caption for row in rows]
    return {
        "pictures": [row.picture.sha256 for row in rows],
        "captions": captions,
        "captions_sha256": hashlib.sha256(json.dumps(captions, ensure_ascii=False).encode()).hexdigest(),
        "attested": dataset.attested_version,
        "attested_at": dataset.attested_at.isoformat() if dataset.attested_at else "",
    }


def _check(dataset, owner, base, settings, rows, prompts):
    from training.trainer.settings import TrainerError

    if dataset.attested_at is None:
        raise Refused(_("Say first that these pictures may be used."), field="attested")
    if dataset.is_hidden:
        raise Refused(_("This set is held until a moderator has looked."), code="held")
    if len(rows) < LEAST_PICTURES:
        raise Refused(_("At least %(count)s pictures that are ready.") % {"count": LEAST_PICTURES}, field="pictures")
    if dataset.pictures.filter(picture__state="pending").exists():
        raise Refused(_("Some pictures are still being looked at. Wait a moment."), field="pictures", code="pending")
    if base is None or not bases(owner).filter(pk=base.pk).exists() or primary_file(base) is None:
        raise Refused(_("Choose a base that is here."), field="base")
    if getattr(base.model, "freeze_level", 0) >= 2:
        raise Refused(_("This base is under a removal request. Choose another one."), field="base")
    try:
        settings.check()
    except TrainerError as error:
        raise Refused(str(error), field="rank") from error
    if settings.steps(len(rows)) > MOST_STEPS:
        raise Refused(_("At most %(most)s steps: take fewer epochs or repeats.") % {"most": MOST_STEPS}, field="epochs")
    people.require("dataset", [dataset.name, dataset.trigger, *[row.caption for row in rows]], field="pictures")
    people.require("prompt", list(prompts), field="prompts")
    waiting = TrainingRun.objects.filter(owner=owner, state__in=[JobState.QUEUED, JobState.RUNNING]).count()
    if waiting >= RUNNING_AT_ONCE:
        raise TooMany(_("Two of yours are in the works already. Wait for one, or stop it."), retry_after_s=60)
