"""What the editor of a post does in one go."""

from django.db import transaction

from civitai.errors import Refused
from community.domain import pictures
from gallery.domain import guarding, posting, recipes
from gallery.states import PostState


def begin_with_files(owner, files, *, version=None):
    """(draft with those files that could be taken, sentences about the others); no draft when none could."""
    post, refusals = None, []
    with transaction.atomic():
        for file in files[: posting.MOST_IMAGES]:
            post = post or posting.start(owner, version=version)
            refusals += _add_file(post, file)
        if post is not None and not post.images.exists():
            post.delete()
            post = None
    return post, refusals


def _add_file(post, file):
    try:
        pictures.check_name(post.owner, file.name, file.size)
        posting.add_image(post, pictures.add(post.owner, file, filename=file.name))
    except Refused as refusal:
        return [f"{file.name}: {refusal}"]
    return []


def add_upload(owner, upload_id, *, post=None, version=None):
    """The image of a complete upload, in `post` or in a new draft. Raises Refused and begins nothing then."""
    with transaction.atomic():
        post = post or posting.start(owner, version=version)
        return posting.add_image(post, pictures.add_from_upload(owner, upload_id))


def keep(post, said, image_forms, *, order=(), files=()):
    """Writes what a valid editor says: the post's own fields, its images and their `order` (keys), more files.

    Returns sentences about files that could not be taken. Raises Refused, and then nothing was written.
    """
    refusals = []
    with transaction.atomic():
        before = guarding.asked(post)
        posting.describe(post, title=said["title"], description=said["description"], tags=said["tags"])
        for form in image_forms:
            image, what = form.image, form.cleaned_data
            posting.correct(
                image,
                prompt=what["prompt"],
                negative_prompt=what["negative_prompt"],
                hide_recipe=what["hide_recipe"],
                level=what["level"],
            )
            recipes.weigh(image, form.weights())
            if what["drop"]:
                recipes.unlink(image, what["drop"])
            if what["add"]:
                recipes.link(image, what["add"])
        posting.arrange(post, order)
        if post.state == PostState.PUBLISHED:
            guarding.look_again(post, before)
        for file in files:
            refusals += _add_file(post, file)
    return refusals
