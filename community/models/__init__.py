"""What all content shares: stored pictures, tags, reactions, threads, collections."""

from community.models.collection import Collection, CollectionItem, CollectionQuerySet, Shown
from community.models.picture import Picture, PictureQuerySet
from community.models.quarantined import PictureQuarantine
from community.models.reaction import Reaction
from community.models.tag import Tag
from community.models.thread import DEEPEST, Comment, CommentQuerySet, Thread

__all__ = [
    "DEEPEST",
    "Collection",
    "CollectionItem",
    "CollectionQuerySet",
    "Comment",
    "CommentQuerySet",
    "Picture",
    "PictureQuarantine",
    "PictureQuerySet",
    "Reaction",
    "Shown",
    "Tag",
    "Thread",
]
