from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.states import Moves


class PostState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    REMOVED = "removed", _("removed")


POST_MOVES = Moves(
    {
        PostState.DRAFT: {PostState.PUBLISHED, PostState.REMOVED},
        PostState.PUBLISHED: {PostState.DRAFT, PostState.REMOVED},
    }
)
