"""How an image was made: from the text in its file, from its owner, or from the job that drew it."""

from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from gallery.domain import withholding
from gallery.metadata import reader
from gallery.metadata.recipe import CHECKPOINT, LORA, Recipe
from gallery.models import Image, ImageResource
from models_hub.models import ModelVersion
from models_hub.queries import versions_by_hash

MOST_RESOURCES = 40
LARGEST_WEIGHT = 10  # either way; what other tools wrote goes that far
# Keys of Image.settings, in the order in which pages show them.
NAMES = (
    "sampler",
    "schedule",
    "steps",
    "cfg_scale",
    "seed",
    "clip_skip",
    "width",
    "height",
    "model_name",
    "model_hash",
)
LONGEST_PROMPT = 20_000


def found_in(picture):
    """The Recipe in a ready picture's text, or None."""
    found = reader.read_text(picture.generation_text) if picture.generation_text else None
    return found.recipe if found else None


def keep(image, recipe, *, resources=(), is_detected=True):
    """Writes a recipe to an image, and its resources: `resources` is a list of (ModelVersion, weight) that are known;
    the rest are those that the recipe names, linked where their hash is a file of this site.
    """
    settings = {name: getattr(recipe, name) for name in NAMES if getattr(recipe, name) not in (None, "")}
    if settings.get("clip_skip") == 1:
        del settings["clip_skip"]
    for name in ("sampler", "schedule", "model_name"):
        if name in settings:
            settings[name] = _clean(settings[name])[:200]
    image.prompt = _clean(recipe.prompt)[:LONGEST_PROMPT]
    image.negative_prompt = _clean(recipe.negative_prompt)[:LONGEST_PROMPT]
    image.settings = settings
    rows = [
        ImageResource(image=image, version=version, weight=weight, is_detected=False) for version, weight in resources
    ]
    if not rows:
        rows = _detected(image, recipe)
    _replace(image, rows[:MOST_RESOURCES])
    image.save(update_fields=["prompt", "negative_prompt", "settings"])
    withholding.forget_names(image)


def _detected(image, recipe):
    named = recipe.references()[:MOST_RESOURCES]
    versions = versions_by_hash(resource.hash for resource in named if resource.hash)
    rows, taken = [], set()
    for resource in named:
        version = versions.get(resource.hash.upper()) if resource.hash else None
        if version is not None and version.pk in taken:
            continue
        taken.add(version.pk if version else None)
        rows.append(
            ImageResource(
                image=image,
                version=version,
                name=_clean(resource.name)[:200],
                type=resource.type[:32],
                hash=resource.hash[:64],
                weight=resource.weight,
            )
        )
    return rows


def _replace(image, rows):
    image.resources.all().delete()
    for row in rows:
        if row.version is not None:
            row.name = row.name or row.version.model.name[:200]
            row.type = row.type or (CHECKPOINT if row.version.model.type == "Checkpoint" else LORA)
    ImageResource.objects.bulk_create(rows)
    base = base_of(rows)
    if base != image.base_model:
        image.base_model = base
        Image.objects.filter(pk=image.pk).update(base_model=base)


def base_of(rows):
    """The base model that resources speak of: the checkpoint's, else that of the first version."""
    versions = [row.version for row in rows if row.version is not None]
    checkpoints = [version for version in versions if version.model.type == "Checkpoint"]
    return next((version.base_model for version in [*checkpoints, *versions] if version.base_model), "")


def link(image, version, *, weight=None):
    """A resource that its owner names. Linked already, it takes the weight. Raises Refused."""
    if image.resources.count() >= MOST_RESOURCES:
        raise Refused(_("An image names at most %(count)s models.") % {"count": MOST_RESOURCES}, field="add")
    row, made = ImageResource.objects.get_or_create(
        image=image,
        version=version,
        defaults={
            "name": version.model.name[:200],
            "type": CHECKPOINT if version.model.type == "Checkpoint" else LORA,
            "weight": weight,
            "is_detected": False,
        },
    )
    if not made and weight is not None:
        ImageResource.objects.filter(pk=row.pk).update(weight=weight)
    _rebase(image)
    withholding.forget_names(image)
    return row


def weigh(image, weights):
    """Sets {resource's key: weight}, as its owner says; None is not known."""
    for pk, weight in weights.items():
        image.resources.filter(pk=pk).update(weight=weight)


def unlink(image, ids):
    image.resources.filter(pk__in=ids).delete()
    _rebase(image)


def _rebase(image):
    base = base_of(list(image.resources.select_related("version__model")))
    Image.objects.filter(pk=image.pk).update(base_model=base)
    image.base_model = base


def recipe_of(image):
    """The Recipe that an image's row holds, for those who draw anew or write it into a file."""
    settings = {name: image.settings[name] for name in NAMES if name in image.settings}
    return Recipe(prompt=image.prompt, negative_prompt=image.negative_prompt, **settings)


def version_named(text, user):
    """The version that an address of a model's page, or a hash, names. Raises Refused when there is none to see."""
    import re

    text = text.strip()
    visible = ModelVersion.objects.visible_to(user).select_related("model")
    by_version = re.search(r"(?:[?&](?:version|modelVersionId)=)(\d{1,18})", text)
    by_model = re.search(r"/models/(\d{1,18})", text)
    found = None
    if by_version:
        found = visible.filter(pk=int(by_version[1])).first()
    elif by_model:
        found = visible.filter(model_id=int(by_model[1])).order_by("index", "-pk").first()
    elif re.fullmatch(r"[0-9A-Fa-f]{8,64}", text):
        found = versions_by_hash([text]).get(text.upper())
    if found is None:
        raise Refused(_("No model here has this address or hash."), field="add", code="unknown_model")
    return found


def _clean(text):
    """Control letters of a stranger's file have no business in a page or a database."""
    return "".join(letter for letter in str(text) if letter.isprintable() or letter in "\n\t")
