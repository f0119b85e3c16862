"""A member asks for a run: everything is checked before a worker sees it."""

import hashlib
import json
import uuid
from statistics import median

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused, TooMany
from civitai.jobs import JobState
from models_hub.catalogue.bases import BASE_MODELS, POCKET
from models_hub.models import Model, ModelVersion
from models_hub.queries import primary_file
from moderation.domain import registry
from moderation.policy import people
from training.domain import paying
from training.models import TrainingRun

LEAST_PICTURES = 4
RUNNING_AT_ONCE = 2
MOST_STEPS = 10_000
# Seconds of a step of one picture on one core, measured; an estimate says "about".
STEP_S, PREPARE_S = 0.032, 4.0


# What the trainer knows: one text encoder, no added conditions.
TRAINABLE = [base.name for base in BASE_MODELS.values() if base.ecosystem.architecture in ("pocket", "sd1")]


def bases(user):
    """Versions that one trains on: what is drawn with here, by anybody and without a fee, and under no removal case."""
    return (
        ModelVersion.objects.visible_to(user)
        .filter(
            can_generate=True,
            base_model__in=TRAINABLE,
            model__in=Model.objects.usable(),
            model__is_of_real_person=False,
            model__hidden_at=None,
            model__usage="download",
        )
        .select_related("model")
        .prefetch_related("samples__picture")
        .order_by("model_id", "id")
    )


def not_trainable(user):
    """Names of bases that are drawn with here and that the trainer does not know: three at most."""
    shown = ModelVersion.objects.visible_to(user).filter(can_generate=True, model__in=Model.objects.usable())
    shown = shown.exclude(base_model__in=TRAINABLE).select_related("model").order_by("model_id", "id")
    return list(dict.fromkeys(version.model.shown_name for version in shown[:3]))


def estimate_s(settings, pictures, base_model):
    """Seconds: as the last runs on this base model took here; before the first of them, what the pocket model takes on
    one core. None for another base that nobody has trained on here yet."""
    passes = settings.steps(pictures) * settings.batch_size
    ended = TrainingRun.objects.filter(
        state=JobState.DONE, attempt=1, base__base_model=base_model, progress_total__gt=0
    )
    took = [
        (finished - started).total_seconds() / (steps * told["batch_size"])
        for started, finished, steps, told in ended.order_by("-finished_at").values_list(
            "started_at", "finished_at", "progress_total", "settings"
        )[:5]
    ]
    if took:
        return passes * median(took)
    return PREPARE_S + passes * STEP_S if base_model == POCKET.name else None


def usable(dataset):
    """The pictures that a run learns: ready, and not held."""
    return dataset.pictures.filter(
        picture__state="ready", picture__hidden_at=None, picture__quarantined_at=None
    ).select_related("picture")


def ask(dataset, owner, *, base, settings, prompts=(), submission="", quoted=None):
    """The queued TrainingRun; the same submission is one. `quoted`: the units that its owner saw before the button.

    Raises Refused with its field, NotEnough.
    """
    submission = submission or uuid.uuid4().hex
    first = TrainingRun.objects.filter(owner=owner, submission=submission).first()
    if first:
        return first
    rows = list(usable(dataset))
    _check(dataset, owner, base, settings, rows, prompts)
    steps = settings.steps(len(rows))
    price = paying.price_of(steps)
    if quoted is not None and price > quoted:
        raise Refused(_("The price has risen since you saw it. Look at it, and press again."), code="quote_risen")
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
                price=price,
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


def _check_people(dataset, rows, prompts):
    """No real people, and nobody who had their name taken out here. Each text alone: together they are long."""
    held = registry.names_held()
    for row in rows:
        _require_nobody([row.caption, row.name], held, field="pictures")
    _require_nobody([dataset.name, dataset.trigger], held, field="pictures")
    for prompt in prompts:
        people.require("prompt", [prompt], field="prompts")


def _require_nobody(texts, held, *, field):
    people.require("dataset", texts, field=field)
    if any(held.are_in(text) for text in texts if text):
        raise Refused(
            _("“%(text)s” has a name in it that was taken out here by a removal case.") % {"text": texts[0][:60]},
            field=field,
            code="registry",
        )


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
    try:
        settings.check()
    except TrainerError as error:
        raise Refused(error.told(gettext), field="rank") from error
    if settings.steps(len(rows)) > MOST_STEPS:
        raise Refused(_("At most %(most)s steps: take fewer epochs or repeats.") % {"most": MOST_STEPS}, field="epochs")
    _check_people(dataset, rows, prompts)
    waiting = TrainingRun.objects.filter(owner=owner, state__in=[JobState.QUEUED, JobState.RUNNING]).count()
    if waiting >= RUNNING_AT_ONCE:
        raise TooMany(_("Two of yours are in the works already. Wait for one, or stop it."), retry_after_s=60)
