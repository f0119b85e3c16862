"""What all content shares: stored pictures, tags, reactions."""

from community.models.picture import Picture, PictureQuerySet
from community.models.reaction import Reaction
from community.models.tag import Tag

__all__ = ["Picture", "PictureQuerySet", "Reaction", "Tag"]
