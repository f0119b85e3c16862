"""Results become a post of the gallery, with the recipe and the resources that made them."""

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from gallery.domain import posting
from generation.domain.drawing import WITH
from generation.domain.recipes import recipe_of
from generation.models import GenerationResult


def post(generation, *, by, result_ids=None):
    """Publishes the finished pictures that are not posted yet (or those of `result_ids`). Returns the Post.

    Posted already, the first post of them is returned. Raises Refused.
    """
    with transaction.atomic():
        results = generation.results.filter(is_beyond=False).select_for_update(of=("self",))
        results = results.select_related("picture", "image__post")
        if result_ids is not None:
            results = results.filter(pk__in=result_ids)
        results = list(results)
        fresh = [result for result in results if result.image_id is None]
        if not fresh:
            posted = next((result.image for result in results if result.image_id), None)
            if posted is None:
                raise Refused(_("There is no finished picture to post yet."))
            return posted.post
        prefetch_related_objects([generation], *WITH)
        resources = [(generation.base, None)]
        resources += [(resource.version, resource.weight) for resource in generation.resources.all()]
        made = posting.start(by)
        for result in fresh:
            image = posting.add_image(
                made,
                result.picture,
                recipe=recipe_of(generation, result.index),
                resources=resources,
                made_here=True,
                remix_of=generation.remix_of,
            )
            GenerationResult.objects.filter(pk=result.pk).update(image=image)
        posting.publish(made, by)
    return made
