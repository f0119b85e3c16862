"""A worker trains a run: claim, weights, steps with checkpoints, epochs with samples.

May be killed at any instant: the checkpoint in the store holds all the loop's state, and the next attempt, on
any machine, goes on from it bit for bit. Epochs are rows with places of their own: none is made twice.
"""

import hashlib
import io
import math
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path

from django.conf import settings as site
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from accounts.domain import notices
from civitai import storages
from civitai.errors import Refused
from civitai.jobs import Cancelled, LostLease, after_commit, claim, kept_alive
from community.domain import pictures
from models_hub.domain import weights
from models_hub.queries import primary_file
from training.domain import asking, paying
from training.models import Epoch, EpochSample, TrainingRun
from training.states import RunState

BEAT_EVERY_S = 1.0
SAVE_EVERY_S = 20.0
SAMPLE_STEPS, SAMPLE_CFG, SAMPLE_SEED = 20, 5.0, 1000
KEPT_LOSSES = 10_000
# Lines of the log, in the reader's language when they are read.
CACHED = gettext_noop("%(count)s latents cached")
KEPT = gettext_noop("Epoch %(number)s kept")
PAUSED = gettext_noop("Paused at step %(step)s")
GOES_ON = gettext_noop("Goes on from step %(step)s")
TAKEN_OVER = gettext_noop("The worker was lost; this one goes on from step %(step)s")
BASE_GONE = gettext_noop("The file of the base is gone.")
NOT_ANY_MORE = gettext_noop("This base may not be trained on any more.")
TAKEN_OUT = gettext_noop("A picture was taken out of the set, or held, after the run was asked for.")


def run(run_id):
    """Works on a queued run; leaves it done, failed with a sentence, cancelled with its epochs, paused, or alone."""
    with claim(TrainingRun, run_id) as job:
        if job is None:
            return
        with translation.override(job.owner.language or site.LANGUAGE_CODE), kept_alive(job):
            # A pause may have been asked of a worker that was lost.
            if not job.rest():
                with tempfile.TemporaryDirectory(prefix="training-") as folder:
                    _train(job, Path(folder))
        if job.state != RunState.PAUSED:
            _finish(job)


def _finish(job):
    """Done, paid and told at one instant. The checkpoint goes after it: whoever is killed before finds it there."""
    with transaction.atomic():
        job.finish()
        paying.settle(job)
        notices.notify([job.owner_id], "trained", url=job.get_absolute_url(), about=job.name, key=f"trained:{job.pk}")
        after_commit(job.forget)


def _train(job, folder):
    # Asked once: its owner may remove it while this worker has it, and what was begun is finished.
    job.base_file = primary_file(job.base)
    if job.epochs.filter(step=job.progress_total).exists():
        # Killed after its last epoch: nothing is left to learn, whatever became of checkpoint, base and pictures.
        _keep_missing_samples(job, folder)
        return
    from training.trainer.loop import Training
    from training.trainer.material import prepare
    from training.trainer.settings import Settings, TrainerError

    try:
        settings = Settings.of(job.settings)
        pairs = _pairs(job, folder)
        base = _base(job)
        material = prepare(base, pairs, settings, on_each=_beats(job))
        job.say(CACHED, count=len(pairs))
        training = Training(base, material, settings)
        _restore(job, training, folder)
        _loop(job, training, [caption for _path, caption in pairs], folder)
    except TrainerError as error:
        raise Refused(error.told(gettext)) from error
    except RuntimeError as error:
        if "memory" not in str(error).lower():
            raise
        raise Refused(gettext("The worker ran out of memory. Take a smaller rank or batch.")) from error


def _beats(job):
    last = 0.0

    def beat(done):
        nonlocal last
        if time.monotonic() - last > BEAT_EVERY_S:
            last = time.monotonic()
            job.beat()

    return beat


def _pairs(job, folder):
    """[(path, caption)] of the run's pictures, by the hashes of its manifest: what was asked for is what is learnt.

    Captions that were changed since are not: the manifest has the old ones. What was held since is not learnt either.
    """
    if job.dataset.is_hidden:
        raise Refused(gettext("This set is held until a moderator has looked."))
    rows = {row.picture.sha256: row for row in asking.usable(job.dataset)}
    found = []
    for number, (sha256, caption) in enumerate(zip(job.manifest["pictures"], job.manifest["captions"], strict=True)):
        row = rows.get(sha256)
        if row is None:
            _end_for(job, TAKEN_OUT)
        path = folder / f"{number:04}.{row.picture.original_ending}"
        key = row.picture.clean_key if storages.private().exists(row.picture.clean_key) else row.picture.key
        storages.private().download(key, path)
        found.append((path, caption))
    return found


def _end_for(job, sentence):
    """It can't go on. With epochs that are kept it ends as if its owner had stopped it, and they are paid: else a pause
    and a picture taken out would make them a gift."""
    if not job.epochs.exists():
        raise Refused(gettext(sentence))
    job.say(sentence)
    raise Cancelled


def _base(job):
    """A base of its own: training changes it."""
    import torch

    from generation.sampler.bases import load_base

    if not asking.bases(job.owner).filter(pk=job.base_id).exists():
        _end_for(job, NOT_ANY_MORE)
    file = job.base_file
    if file is None:
        _end_for(job, BASE_GONE)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu":
        torch.set_num_threads(1)
    return load_base(weights.local_path(file), key=str(file.pk), device=device, dtype=torch.float32)


def _restore(job, training, folder):
    if not storages.private().exists(job.checkpoint_key):
        return
    path = folder / "checkpoint"
    storages.private().download(job.checkpoint_key, path)
    training.restore(path)
    rested = job.lines.filter(sentence=PAUSED, values__step=training.step).exists()
    job.say(GOES_ON if rested else TAKEN_OVER, step=training.step)


def _loop(job, training, captions, folder):
    _keep_missing_epoch(job, training, captions, folder)
    saved_at = beat_at = time.monotonic()
    TrainingRun.objects.filter(pk=job.pk, attempt=job.attempt).update(pace_step=training.step, pace_at=timezone.now())
    for progress in training.go():
        now = time.monotonic()
        if now - beat_at > BEAT_EVERY_S or progress.step == progress.steps:
            beat_at = now
            _write(job, training)
        if progress.is_epoch_end:
            _save(job, training, folder)
            _keep_epoch(job, training, progress.epoch, captions, folder)
            saved_at = time.monotonic()
        elif now - saved_at > SAVE_EVERY_S:
            saved_at = now
            _save(job, training, folder)
        if beat_at == now and progress.step < progress.steps and _is_to_rest(job):
            _save(job, training, folder)
            if job.rest():
                job.say(PAUSED, step=training.step)
                return


def _is_to_rest(job):
    """Asked of the row: the worker's copy is older than the wish."""
    return TrainingRun.objects.filter(pk=job.pk, pause_requested_at__isnull=False).exists()


def _write(job, training):
    """Progress and losses; raises Cancelled, LostLease."""
    job.beat(done=training.step, total=training.steps)
    losses = [None if math.isnan(loss) else round(loss, 5) for loss in training.losses[-KEPT_LOSSES:]]
    TrainingRun.objects.filter(pk=job.pk, attempt=job.attempt).update(losses=losses)


def _save(job, training, folder):
    """The object goes before the step that speaks of it; a late worker is stopped by its lease before it writes."""
    job.beat()
    path = folder / "state"
    training.save(path)
    with path.open("rb") as file:
        storages.private().put(job.checkpoint_key, file)
    TrainingRun.objects.filter(pk=job.pk, attempt=job.attempt).update(checkpoint_step=training.step)


def _keep_missing_epoch(job, training, captions, folder):
    """Killed between its checkpoint and its row, or its row and its samples: an epoch is made up for."""
    if training.step and training.step % training.steps_an_epoch == 0:
        _keep_epoch(job, training, training.step // training.steps_an_epoch, captions, folder)
    _keep_missing_samples(job, folder)


def _keep_missing_samples(job, folder):
    for epoch in job.epochs.prefetch_related("samples"):
        if len(epoch.samples.all()) < len(job.prompts):
            path = folder / f"epoch-{epoch.number}.safetensors"
            storages.private().download(epoch.key, path)
            _samples(job, epoch, path)


def _keep_epoch(job, training, number, captions, folder):
    if Epoch.objects.filter(run=job, number=number).exists():
        return
    from training.trainer.writing import write

    path = folder / f"epoch-{number}.safetensors"
    write(
        path,
        training.tensors(),
        title=job.name,
        settings=training.settings,
        step=training.step,
        epoch=number,
        captions=captions,
        trigger=job.trigger,
        base_name=f"{job.base.model.name} {job.base.name}",
        base_sha256=job.base_file.hashes.get(kind="SHA256").value,
        author=job.owner.username,
        started_at=job.started_at,
        predicts_velocity=training.predicts_velocity,
    )
    data = path.read_bytes()
    key = f"training/{job.pk}/{number}-{uuid.uuid4().hex[:8]}.safetensors"
    storages.private().put(key, data)
    recent = [loss for loss in training.losses[-training.steps_an_epoch :] if not math.isnan(loss)]
    try:
        with job.owned():
            epoch = Epoch.objects.create(
                run=job,
                number=number,
                step=training.step,
                loss=sum(recent) / max(1, len(recent)),
                key=key,
                size_bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
            )
    except (LostLease, IntegrityError):
        storages.private().delete(key)
        raise LostLease from None
    job.say(KEPT, number=number)
    _samples(job, epoch, path)


def _samples(job, epoch, lora):
    """Pictures of the run's prompts. A sample that can't be drawn is no reason to lose a training."""
    from gallery.metadata import a1111, png
    from gallery.metadata.recipe import Recipe
    from generation.sampler.errors import SamplerError
    from generation.sampler.request import DrawRequest

    if job.base_file is None:
        job.say(BASE_GONE)
        return
    base = weights.local_path(job.base_file)
    side = int(job.settings["resolution"])
    drawn_already = set(epoch.samples.values_list("index", flat=True))
    for index, prompt in enumerate(job.prompts):
        if index in drawn_already:
            continue
        job.beat()
        request = DrawRequest(
            base=base, prompt=prompt, loras=((lora, 1.0),), width=side, height=side, steps=SAMPLE_STEPS,
            cfg_scale=SAMPLE_CFG, seed=SAMPLE_SEED + index,
        )  # fmt: skip
        try:
            drawn = next(iter(engine().draw(request)))
        except SamplerError as error:
            job.say(error.template, **error.values)
            return
        buffer = io.BytesIO()
        drawn.image.save(buffer, "PNG")
        recipe = Recipe(
            prompt=prompt, steps=SAMPLE_STEPS, sampler=request.sampler, cfg_scale=SAMPLE_CFG, seed=drawn.seed,
            width=side, height=side,
        )  # fmt: skip
        made = png.write_text(buffer.getvalue(), {"parameters": a1111.write(recipe)})
        picture = pictures.add_made(job.owner, made)
        try:
            with job.owned():
                EpochSample.objects.create(epoch=epoch, index=index, picture=picture)
        except (LostLease, IntegrityError):
            with transaction.atomic():
                pictures.discard([picture])
            raise LostLease from None


@cache
def engine():
    """The sampler of this process; it keeps one base beside the one that is being trained."""
    from generation.sampler.engine import Engine

    return Engine("auto", keep_bases=1)
