"""A member asks for pictures: everything is checked before a worker sees it, and nothing typed is lost."""

import secrets
import uuid
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused, TooMany
from civitai.jobs import JobState
from generation.models import Generation, GenerationResource
from generation.queries import quote_of
from generation.sampler.errors import BadRequest
from generation.sampler.request import MAX_SEED, DrawRequest
from models_hub.catalogue.bases import fits
from models_hub.catalogue.generation import ADAPTER_WEIGHT, MOST_RESOURCES, QUANTITY, STEPS, frame_of
from models_hub.catalogue.kinds import ADAPTERS
from models_hub.models import ModelVersion
from models_hub.models.model import FROZEN
from models_hub.queries import primary_file
from models_hub.states import ModelState
from moderation.domain.cases import fees
from moderation.naming import Names
from moderation.policy import people
from wallet.domain import quotes

WAITING_AT_ONCE = 4


@dataclass(frozen=True)
class Wish:
    """One press of the button. `loras` are (ModelVersion, weight); `seed` None is drawn by lot."""

    base: ModelVersion
    prompt: str
    negative_prompt: str = ""
    width: int = 512
    height: int = 512
    steps: int = 25
    cfg_scale: float = 7.0
    sampler: str = "DPM++ 2M"
    schedule: str = "Automatic"
    seed: int | None = None
    clip_skip: int = 1
    count: int = 1
    loras: tuple = ()
    remix_of: object = None
    # The word that the form was given with the price of a licensed style; see wallet.domain.quotes.
    quote: str = ""
    submission: str = field(default_factory=lambda: uuid.uuid4().hex)


def ask(owner, wish):
    """The queued Generation of a wish; the same press twice gives the first. Raises Refused with its field."""
    first = Generation.objects.filter(owner=owner, submission=wish.submission).first()
    if first:
        return first
    _check(owner, wish)
    parts = _agreed_fees(wish)
    try:
        with transaction.atomic():
            generation = Generation.objects.create(
                owner=owner,
                base=wish.base,
                prompt=wish.prompt,
                negative_prompt=wish.negative_prompt,
                width=wish.width,
                height=wish.height,
                steps=wish.steps,
                cfg_scale=wish.cfg_scale,
                sampler=wish.sampler,
                schedule=wish.schedule,
                seed=secrets.randbelow(MAX_SEED + 1) if wish.seed is None else wish.seed,
                clip_skip=wish.clip_skip,
                count=wish.count,
                remix_of=wish.remix_of,
                submission=wish.submission,
                fees=parts,
                progress_total=wish.count * wish.steps,
            )
            _hold_trials(wish)
            GenerationResource.objects.bulk_create(
                GenerationResource(generation=generation, version=version, weight=weight)
                for version, weight in wish.loras
            )
            if parts:
                url = generation.get_absolute_url()
                generation.hold = fees.set_aside(owner, parts, wish.count, key=f"generation:{generation.pk}", url=url)
                generation.save(update_fields=["hold"])
            generation.enqueue()
            return generation
    except IntegrityError:
        # The other half of a double click was quicker.
        return Generation.objects.get(owner=owner, submission=wish.submission)


def _hold_trials(wish):
    """What is on trial is swept when nobody draws with it: it is here, and locked, when the generation is written."""
    tried = [version.pk for version, _weight in wish.loras if version.state == ModelState.TRIAL]
    if tried:
        there = (
            ModelVersion.objects.select_for_update(no_key=True).filter(pk__in=tried).exclude(state=ModelState.REMOVED)
        )
        if len(there) < len(tried):
            raise Refused(_("One of the LoRAs is not here any more. Take it out."), field="loras")


def versions_of(wish):
    return [wish.base.pk, *[version.pk for version, _weight in wish.loras]]


def _agreed_fees(wish):
    """{agreement: units for each picture}, when they are what was shown before the button. Raises Refused.

    An artist's licence says how far pictures may go; a prompt that asks for more is refused before anything is paid.
    """
    units, parts = fees.per_image(versions_of(wish))
    if units:
        limit = fees.level_limit(parts)
        if people.level_said(wish.prompt) > limit:
            raise Refused(
                _("The artist has licensed this style for pictures up to %(level)s, and the prompt asks for more.")
                % {"level": limit.label},
                field="prompt",
                code="licence_level",
            )
        quotes.agree(wish.quote, quote_of(versions_of(wish)), units)
    return parts


def _check_cases(wish):
    """What a removal case has frozen is nobody's to draw with; a name that was taken out is not said to what bore it."""
    for version in [wish.base, *[version for version, _weight in wish.loras]]:
        model = version.model
        if model.freeze_level >= FROZEN or model.taken_down_at:
            raise Refused(_("“%(name)s” is paused while a removal case is open.") % {"name": model.name}, field="loras")
        names = Names(model.names_out)
        if names and (names.are_in(wish.prompt) or names.are_in(wish.negative_prompt)):
            raise Refused(
                _("This model may not be called by that name any more. Say what you want to see instead."),
                field="prompt",
            )


def _check(owner, wish):
    _check_cases(wish)
    base = wish.base
    if not base.can_generate or not ModelVersion.objects.visible_to(owner).filter(pk=base.pk).exists():
        raise Refused(_("This base model can't be drawn with here. Choose another one."), field="base")
    if primary_file(base) is None:
        raise Refused(_("The file of this base model is gone. Choose another one."), field="base")
    frame = frame_of(base.base_model)
    if frame is None:
        raise Refused(_("This base model can't be drawn with here. Choose another one."), field="base")
    _check_size(wish, frame)
    if not QUANTITY.holds(wish.count):
        raise Refused(_("Choose one to four pictures."), field="count")
    if isinstance(wish.steps, int) and wish.steps > STEPS.most:
        raise Refused(_("At most %(most)s steps.") % {"most": STEPS.most}, field="steps")
    _check_loras(owner, wish)
    _check_people(wish)
    try:
        # The base's path matters to the worker alone.
        DrawRequest(
            base="",
            prompt=wish.prompt,
            negative_prompt=wish.negative_prompt,
            width=wish.width,
            height=wish.height,
            steps=wish.steps,
            cfg_scale=wish.cfg_scale,
            sampler=wish.sampler,
            schedule=wish.schedule,
            seed=0 if wish.seed is None else wish.seed,
            clip_skip=wish.clip_skip,
            count=wish.count,
        ).validate()
    except BadRequest as error:
        raise Refused(error.told(gettext), field=error.field) from error
    waiting = Generation.objects.filter(owner=owner, state__in=[JobState.QUEUED, JobState.RUNNING]).count()
    if waiting >= WAITING_AT_ONCE:
        raise TooMany(_("Four of yours are in the works already. Wait for one, or cancel it."), retry_after_s=10)


def _check_size(wish, frame):
    for name in ("width", "height"):
        side = getattr(wish, name)
        good = isinstance(side, int) and 0 < side <= frame.largest_side and side % frame.multiple == 0
        if not good:
            raise Refused(
                _("This base model draws sides of at most %(most)s pixels, in steps of %(step)s.")
                % {"most": frame.largest_side, "step": frame.multiple},
                field="shape",
            )


def _check_loras(owner, wish):
    if len(wish.loras) > MOST_RESOURCES:
        raise Refused(_("At most %(most)s LoRAs at once.") % {"most": MOST_RESOURCES}, field="loras")
    ids = [version.pk for version, _weight in wish.loras]
    if len(set(ids)) != len(ids):
        raise Refused(_("The same LoRA stands there twice."), field="loras")
    seen = set(ModelVersion.objects.drawn_by(owner).filter(pk__in=ids).values_list("pk", flat=True))
    for version, weight in wish.loras:
        name = version.model.name
        if version.pk not in seen or version.model.type not in ADAPTERS:
            raise Refused(_("One of the LoRAs is not here any more. Take it out."), field="loras")
        if primary_file(version) is None:
            raise Refused(_("“%(name)s” has no file that could be used.") % {"name": name}, field="loras")
        if not fits(version.base_model, wish.base.base_model):
            raise Refused(
                _("“%(name)s” was made for %(own)s and does not fit %(base)s.")
                % {"name": name, "own": version.base_model, "base": wish.base.base_model},
                field="loras",
            )
        if not isinstance(weight, int | float) or not ADAPTER_WEIGHT.holds(weight):
            raise Refused(_("The weight of a LoRA goes from -1 to 2."), field="loras")


def _check_people(wish):
    """Nobody draws real people, whatever is typed and whichever program asks."""
    versions = [wish.base, *(version for version, _weight in wish.loras)]
    for version in versions:
        if version.model.is_of_real_person:
            raise Refused(
                _("“%(name)s” shows a real person. Nothing is made with it here.") % {"name": version.model.name},
                field="base" if version is wish.base else "loras",
                code="RP2",
            )
    people.require("prompt", [wish.prompt], field="prompt")
    people.require("prompt", [wish.negative_prompt], field="negative_prompt")


def dismiss(generation, *, by):
    """Out of the member's list; its pictures stay where they were posted. A running one is cancelled first."""
    generation.cancel(by=by)
    generation.dismiss()
