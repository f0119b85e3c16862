"""What a generation's pictures were made with, as the recipe that goes into the PNG and the gallery."""

from gallery.metadata import a1111
from gallery.metadata.recipe import CHECKPOINT, LORA, Recipe, Resource

SOFTWARE = "Civitai"


def recipe_of(generation, index):
    """The Recipe of picture `index`; needs `base` and the resources' versions with models and hashes."""
    base = generation.base
    base_hash = _hash(base, "AutoV2")
    resources = [
        Resource(
            name=base.model.shown_name,
            type=CHECKPOINT,
            hash=base_hash,
            version_id=base.pk,
            version_name=base.shown_name,
        )
    ]
    resources += [
        Resource(
            name=resource.version.model.shown_name,
            type=LORA,
            hash=_hash(resource.version, "AutoV3"),
            version_id=resource.version.pk,
            version_name=resource.version.shown_name,
            weight=resource.weight,
        )
        for resource in generation.resources.all()
    ]
    return Recipe(
        prompt=generation.prompt,
        negative_prompt=generation.negative_prompt,
        steps=generation.steps,
        sampler=generation.sampler,
        schedule=generation.schedule,
        cfg_scale=generation.cfg_scale,
        seed=(generation.seed + index) % 2**32,
        width=generation.width,
        height=generation.height,
        clip_skip=generation.clip_skip,
        model_name=base.model.shown_name,
        model_hash=base_hash,
        resources=tuple(resources),
    )


def generation_text(generation, index):
    """A1111's text, whole: any tool that reads its PNGs reads ours."""
    return a1111.write(recipe_of(generation, index))


def _hash(version, kind):
    """Lower case; of the primary file. Needs no query when files and hashes are prefetched."""
    for file in sorted(version.files.all(), key=lambda file: not file.is_primary):
        for row in file.hashes.all():
            if row.kind == kind:
                return row.value.lower()
    return ""
