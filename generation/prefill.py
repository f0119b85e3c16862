"""What the studio's form begins with: an image to remix, a version to try, a generation to repeat, a pasted text."""

import uuid
from dataclasses import dataclass, field

from django.http import Http404
from django.utils.translation import gettext as _

from civitai.access import fetch
from gallery.domain import recipes
from gallery.metadata import a1111
from gallery.metadata.recipe import CHECKPOINT, Recipe
from gallery.models import Image
from generation.models import Generation
from generation.sampler.prompts import strip_network_tags
from generation.sampler.samplers import read_names
from models_hub.catalogue.bases import fits
from models_hub.catalogue.generation import ADAPTER_WEIGHT, CFG_SCALE, STEPS
from models_hub.catalogue.kinds import ADAPTERS
from models_hub.models import ModelVersion
from models_hub.queries import generation_bases, versions_by_hash

READING = "create_reading"


@dataclass
class Start:
    """`values` for the form's fields, `base_id`, [(version id, weight)] and what the member should know."""

    values: dict = field(default_factory=dict)
    base_id: int | None = None
    loras: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    remix_of: Image | None = None


def start_of(request):
    """The Start that the address names. Raises Http404 for what the visitor does not see."""
    user = request.user
    if pk := _number(request.GET.get("remix")):
        return _remix(user, fetch(Image.objects.select_related("post", "picture"), user, pk=pk))
    if pk := _number(request.GET.get("version")):
        version = ModelVersion.objects.drawn_by(user).select_related("model").filter(pk=pk).first()
        if version is None:
            raise Http404
        return _version(user, version)
    if pk := _uuid(request.GET.get("generation")):
        return _again(
            fetch(Generation.objects.prefetch_related("resources"), user, pk=pk), keep_seed="lot" not in request.GET
        )
    if "reading" in request.GET and (text := request.session.get(READING)):
        return _read(user, a1111.read(text))
    return Start()


def _remix(user, image):
    start = Start(remix_of=image)
    if image.hide_recipe and image.owner_id != user.pk:
        start.notes.append(_("Its maker keeps the recipe private."))
        return start
    recipe = recipes.recipe_of(image)
    told = {name: getattr(recipe, name) for name in VALUES}
    told["width"], told["height"] = told["width"] or image.picture.width, told["height"] or image.picture.height
    start.values = _values(**told)
    start.values["remix_of"] = image.pk
    resources = list(image.resources.select_related("version__model"))
    _use(start, user, [(row.version, row.weight, row.name or row.version.shown_title, row.type) for row in resources])
    return start


def _version(user, version):
    start = Start()
    if version.can_generate:
        start.base_id = version.pk
        return start
    fitting = [base for base in generation_bases(user)[:50] if fits(version.base_model, base.base_model)]
    # What it was trained on shows it best.
    base = next((base for base in fitting if base.pk == version.parent_id), fitting[0] if fitting else None)
    if version.model.type not in ADAPTERS or base is None:
        start.notes.append(
            _("“%(name)s” can't be drawn with here: no base model on this site fits it.")
            % {"name": version.model.shown_name}
        )
        return start
    start.base_id = base.pk
    weight = version.weight_max or ADAPTER_WEIGHT.default
    start.loras = [(version.pk, min(weight, ADAPTER_WEIGHT.most))]
    if version.shown_words:
        start.values["prompt"] = ", ".join(version.shown_words) + ", "
    return start


def _again(generation, *, keep_seed):
    start = Start(base_id=generation.base_id)
    names = ("prompt", "negative_prompt", "steps", "sampler", "schedule", "cfg_scale", "clip_skip", "count")
    start.values = {name: getattr(generation, name) for name in names}
    start.values |= {"shape": f"{generation.width}x{generation.height}", "remix_of": generation.remix_of_id}
    if keep_seed:
        start.values["seed"] = generation.seed
    start.loras = [(resource.version_id, resource.weight) for resource in generation.resources.all()]
    return start


def _read(user, recipe: Recipe):
    start = Start(values=_values(**{name: getattr(recipe, name) for name in VALUES}))
    found = versions_by_hash([resource.hash for resource in recipe.references() if resource.hash])
    ids = [resource.version_id for resource in recipe.references() if resource.version_id]
    by_id = ModelVersion.objects.visible_to(user).select_related("model").in_bulk(ids)
    rows = []
    for resource in recipe.references():
        version = by_id.get(resource.version_id) or found.get(resource.hash.upper())
        rows.append((version, resource.weight, resource.name, resource.type))
    _use(start, user, rows)
    return start


VALUES = (
    "prompt",
    "negative_prompt",
    "steps",
    "sampler",
    "schedule",
    "cfg_scale",
    "seed",
    "clip_skip",
    "width",
    "height",
)


def _values(*, prompt, negative_prompt, steps, sampler, schedule, cfg_scale, seed, clip_skip, width, height):
    """Values for the form, those that it would take; other programs' names become ours."""
    values = {
        "prompt": strip_network_tags(prompt)[0].strip() if prompt else "",
        "negative_prompt": negative_prompt or "",
    }
    if isinstance(steps, int):
        values["steps"] = max(1, min(steps, STEPS.most))
    if isinstance(cfg_scale, int | float):
        values["cfg_scale"] = max(CFG_SCALE.least, min(cfg_scale, CFG_SCALE.most))
    if isinstance(seed, int) and 0 <= seed < 2**32:
        values["seed"] = seed
    if isinstance(clip_skip, int) and 1 <= clip_skip <= 3:
        values["clip_skip"] = clip_skip
    if names := read_names(sampler or "", schedule or ""):
        values["sampler"], values["schedule"] = names
    if isinstance(width, int) and isinstance(height, int):
        values["shape"] = f"{width}x{height}"
    return values


def _use(start, user, rows):
    """Puts [(version or None, weight, name, type)] to use; says what could not be."""
    for version, weight, name, kind in rows:
        if version is None:
            start.notes.append(_("“%(name)s” is not on this site.") % {"name": name or _("A resource")})
        elif version.can_generate and start.base_id is None:
            start.base_id = version.pk
        elif version.model.type in ADAPTERS:
            weight = 1.0 if weight is None else weight
            start.loras.append((version.pk, max(ADAPTER_WEIGHT.least, min(weight, ADAPTER_WEIGHT.most))))
        elif kind == CHECKPOINT or version.model.type == "Checkpoint":
            start.notes.append(
                _("“%(name)s” can't be drawn with here; another base model takes its place.")
                % {"name": version.model.shown_name}
            )


def nearest_shape(shape, frame):
    """`shape` where the frame draws it, else its size that is nearest in proportion."""
    sizes = [f"{w}x{h}" for w, h in frame.sizes]
    try:
        width, height = (int(side) for side in str(shape).split("x"))
    except ValueError:
        return sizes[0]
    fits_frame = max(width, height) <= frame.largest_side and width % frame.multiple == height % frame.multiple == 0
    if shape in sizes or (fits_frame and min(width, height) >= 64):
        return shape
    return min(sizes, key=lambda size: abs(int(size.split("x")[0]) / int(size.split("x")[1]) - width / max(height, 1)))


def _number(text):
    return int(text) if text and text.isdecimal() and len(text) < 16 else None


def _uuid(text):
    try:
        return uuid.UUID(text)
    except (TypeError, ValueError):
        return None
