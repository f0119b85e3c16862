"""Images as published clients know them: the JSON of /api/v1/images, and the same keys for any file's recipe."""

from datetime import UTC

from civitai.levels import Level
from community.domain import linking
from community.pixels import blurhash
from gallery.metadata import reader

NSFW = {Level.PG: "None", Level.PG13: "Soft", Level.R: "Mature", Level.X: "X", Level.XXX: "X"}
# Their names for what we keep in snake case.
KEYS = {"steps": "steps", "sampler": "sampler", "cfg_scale": "cfgScale", "seed": "seed", "clip_skip": "clipSkip",
        "schedule": "scheduleType", "denoising_strength": "denoise"}  # fmt: skip


def item(image, request, *, with_meta=False, with_tags=False, user=None):
    """`image` comes with picture, owner and resources' versions. Undefined keys are absent, `meta` is null unless asked."""
    picture = image.picture
    found = {
        "id": image.pk,
        "url": _address(image, picture, request),
        "hash": blurhash.of_thumbhash(picture.thumbhash),
        "width": picture.width,
        "height": picture.height,
        "nsfwLevel": NSFW.get(image.level, "X"),
        "type": "image",
        "nsfw": image.level > Level.PG13,
        "browsingLevel": int(image.level),
        "createdAt": moment(image.sort_at or image.created_at),
        "postId": image.post_id,
        "stats": {
            "cryCount": 0,
            "laughCount": 0,
            "likeCount": image.likes,
            "dislikeCount": 0,
            "heartCount": image.likes,
            "commentCount": image.comments,
        },
        "meta": meta_of(image) if with_meta and image.shows_recipe_to(user) else None,
        "username": image.owner.username,
        "baseModel": image.base_model or None,
        "modelVersionIds": sorted({row.version_id for row in image.resources.all() if row.version_id}),
    }
    if with_tags:
        found["tags"] = [{"id": tag.pk, "name": tag.name} for tag in image.post.tags.all()]
    return found


def _address(image, picture, request):
    """The file itself is not given where the recipe is kept."""
    if picture.original_is_private:
        return linking.address(request, picture, f"width={picture.width}", f"{image.pk}.webp")
    return linking.address(request, picture, "original=true", f"{image.pk}.{picture.original_ending}")


def meta_of(image):
    """The recipe under the API's keys; None where nothing is known."""
    if not (image.prompt or image.settings):
        return None
    rows = list(image.resources.all())
    found = {"prompt": image.prompt}
    if image.negative_prompt:
        found["negativePrompt"] = image.negative_prompt
    found |= {KEYS[name]: value for name, value in image.settings.items() if name in KEYS and value not in (None, "")}
    width, height = (
        image.settings.get("width") or image.picture.width,
        image.settings.get("height") or image.picture.height,
    )
    found["Size"] = f"{width}x{height}"
    base = next((row for row in rows if row.type == "checkpoint"), None)
    if base is not None:
        found |= {key: value for key, value in (("Model", base.public_name), ("Model hash", base.hash)) if value}
    found["resources"] = [_resource(row.public_name, row.type, row.hash, row.weight) for row in rows]
    found["civitaiResources"] = [_linked(row.type, row.version_id, row.weight) for row in rows if row.version_id]
    return found


def of_pictures(pictures):
    """Fills a slot of rooms below: {picture's key: its recipe} where its file says one and is not its owner's alone."""
    found = {}
    for picture in pictures:
        if (
            picture.generation_text
            and not picture.original_is_private
            and (read := reader.read_text(picture.generation_text))
        ):
            found[picture.pk] = meta_of_recipe(read.recipe)
    return found


def meta_of_recipe(recipe):
    """The same of a recipe that was read from a file: what is not said is absent."""
    found = {"prompt": recipe.prompt}
    if recipe.negative_prompt:
        found["negativePrompt"] = recipe.negative_prompt
    found |= {key: getattr(recipe, name) for name, key in KEYS.items() if getattr(recipe, name, None) not in (None, "")}
    if recipe.clip_skip == 1:
        del found["clipSkip"]  # what every text means that says nothing of it
    if recipe.width and recipe.height:
        found["Size"] = f"{recipe.width}x{recipe.height}"
    found |= {key: value for key, value in (("Model", recipe.model_name), ("Model hash", recipe.model_hash)) if value}
    rows = recipe.references()
    found["resources"] = [_resource(row.name, row.type, row.hash, row.weight) for row in rows]
    found["civitaiResources"] = [_linked(row.type, row.version_id, row.weight) for row in rows if row.version_id]
    return found | {key: value for key, value in recipe.extra.items() if key not in found}


def _resource(name, kind, digest, weight):
    found = {"name": name, "type": kind or "lora"}
    if digest:
        found["hash"] = digest
    return found if weight is None else {**found, "weight": weight}


def _linked(kind, version_id, weight):
    found = {"type": kind or "lora", "modelVersionId": version_id}
    return found if weight is None else {**found, "weight": weight}


def moment(value):
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
