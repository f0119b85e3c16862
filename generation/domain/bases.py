"""Base models that the workers draw with: published like any model, by an administrator."""

import tempfile
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext

from civitai.errors import Refused
from community.domain import pictures
from generation.domain.drawing import engine
from generation.pocket import WEIGHTS
from models_hub.catalogue.bases import POCKET, POCKET_FAMILY
from models_hub.catalogue.generation import frame_of
from models_hub.domain import importing, publishing, samples
from models_hub.models import Model, ModelVersion

POCKET_NAME = "Pocket Diffusion"
POCKET_ABOUT = """A Stable Diffusion small enough to ship with the site: 3.8 million parameters, 128 × 128 pixels, drawn in half a second on a laptop.

It knows **14 subjects** (circle, square, triangle, star, heart, diamond, ring, cross, moon, cat, fish, house, tree, flower), **12 colours**, plain and
gradient backgrounds, and four places: *in the night sky*, *at sunset*, *on a meadow*, *on the beach*. Sizes and positions are understood too.

Try `a yellow star in the night sky` or `a small orange cat on a purple background, on the left`. Add `anime style` or `realistic style`.

It was trained from nothing on pictures that a program drew; nobody's work is in it."""
POCKET_SAMPLES = (
    "a yellow star in the night sky",
    "an orange fish on the beach",
    "a white cat on a pink background, anime style",
    "a red house at sunset",
    "a pink flower on a green background, realistic style",
    "a large green tree on a meadow",
)

# Each begins with another subject: it is the face of its version, by which one chooses.
VARIANT_SAMPLES = {
    "anime": (
        POCKET_SAMPLES[2],
        "a yellow star in the night sky, anime style",
        "a blue fish on the beach, anime style",
    ),
    "realistic": (
        POCKET_SAMPLES[4],
        "a red house at sunset, realistic style",
        "a purple cat on a meadow, realistic style",
    ),
}


def add_base(
    owner,
    path,
    *,
    name,
    base_model,
    version_name="v1",
    description="",
    version_description="",
    prompts=("a landscape",),
    on_progress=None,
):
    """Publishes a checkpoint (.safetensors, or a diffusers folder) as a version that members draw with. Idempotent.

    Samples are drawn with it, which also proves that it can be drawn with. Raises Refused, SamplerError; then
    nothing stays published.
    """
    if frame_of(base_model) is None:
        raise Refused(gettext("“%(name)s” is no base model that can be drawn with here.") % {"name": base_model})
    there = ModelVersion.objects.filter(
        model__owner=owner, model__name=name, name=version_name, can_generate=True
    ).first()
    if there:
        return there
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        checkpoint = _checkpoint(Path(path), Path(folder) / f"{name.replace('/', '-')}-{version_name}.safetensors")
        images = _samples(checkpoint, base_model, prompts)
        with transaction.atomic():
            version = _draft(owner, name, version_name, base_model, description, version_description)
            importing.add_file_from_path(version, checkpoint, on_progress=on_progress)
            for png_bytes in images:
                samples.add_picture(version, pictures.add_made(owner, png_bytes))
            version.allow_generation()
            publishing.publish(version.model, owner, version)
    version.refresh_from_db()
    return version


def add_pocket(owner, *, weights=WEIGHTS, name=POCKET_NAME, version_name="v1", prompts=POCKET_SAMPLES, about=""):
    """The pocket model as a published version; twice is once."""
    return add_base(
        owner,
        weights,
        name=name,
        version_name=version_name,
        base_model=POCKET.name,
        description=POCKET_ABOUT,
        version_description=about,
        prompts=prompts,
    )


def add_pocket_family(owner):
    """The standard model and, as versions of it, its anime and realistic variants: what one trains on."""
    from generation.pocket.variants import VARIANTS, merge

    standard = add_pocket(owner, version_name="Standard", about=POCKET_FAMILY["standard"])
    for variant in VARIANTS:
        with tempfile.TemporaryDirectory(prefix="variant-") as folder:
            merged = merge(variant, Path(folder) / variant)
            told = {"prompts": VARIANT_SAMPLES[variant], "about": POCKET_FAMILY[variant]}
            add_pocket(owner, weights=merged, version_name=variant.capitalize(), **told)
    return standard


def _checkpoint(path, to):
    if path.is_dir():
        from generation.sampler.checkpoints import write_checkpoint

        write_checkpoint(path, to, metadata={"modelspec.title": to.stem})
        return to
    if not path.is_file():
        raise Refused(gettext("There is no file at %(path)s.") % {"path": path})
    return path


def _samples(checkpoint, base_model, prompts):
    """PNG bytes with their recipe for each prompt."""
    import io

    from gallery.metadata import a1111, png
    from gallery.metadata.recipe import Recipe
    from generation.sampler.request import DrawRequest

    frame = frame_of(base_model)
    width, height = frame.sizes[0]
    made = []
    for number, prompt in enumerate(prompts):
        request = DrawRequest(
            base=checkpoint,
            prompt=prompt,
            width=width,
            height=height,
            steps=25,
            cfg_scale=frame.cfg_scale,
            seed=1000 + number,
        )
        drawn = next(iter(engine().draw(request)))
        buffer = io.BytesIO()
        drawn.image.save(buffer, "PNG")
        recipe = Recipe(
            prompt=prompt,
            steps=request.steps,
            sampler=request.sampler,
            cfg_scale=request.cfg_scale,
            seed=drawn.seed,
            width=width,
            height=height,
        )
        made.append(png.write_text(buffer.getvalue(), {"parameters": a1111.write(recipe)}))
    return made


def _draft(owner, name, version_name, base_model, description, version_description):
    model = Model.objects.filter(owner=owner, name=name, type="Checkpoint").exclude(state="removed").first()
    if model is None:
        model = publishing.start(owner, type="Checkpoint")
        publishing.describe(
            model,
            name=name,
            description=description,
            checkpoint_type="Trained",
            tags=["base model"],
            allow_commercial_use=["Image", "RentCivit", "Rent"],
        )
        version = model.versions.get()
    else:
        version = publishing.add_version(model, owner)
    publishing.describe_version(version, name=version_name, base_model=base_model, description=version_description)
    return version
