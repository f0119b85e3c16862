"""Pictures, tags, comments and collections."""

from django.contrib import admin

from civitai.admin import Large, ReadOnly, beginning
from community.models import Collection, Comment, Picture, Tag, Thread
from moderation.admin import Decided


@admin.register(Picture)
class PictureAdmin(Large):
    """Its level and what shows it are decided where it is shown, or at the workbench."""

    list_display = ["created_at", "id", "owner", "state", "level", "score", "is_public", "hidden_at", "withheld_at"]
    list_filter = ["state", "level", "is_public"]
    search_fields = ["=id", "=sha256", "owner__username"]
    ordering = ["-created_at"]


@admin.register(Tag)
class TagAdmin(ReadOnly):
    list_display = ["name", "kind"]
    list_filter = ["kind"]
    search_fields = ["name"]
    ordering = ["name"]


@admin.register(Thread)
class ThreadAdmin(ReadOnly):
    list_display = ["id", "subject", "row", "comments", "locked_at"]
    search_fields = ["=row"]


@admin.register(Comment)
class CommentAdmin(Decided):
    list_display = ["at", "author", beginning("text"), "thread", "likes", "hidden_at", "removed_at"]
    search_fields = ["text", "author__username"]
    exclude = ["key"]


@admin.register(Collection)
class CollectionAdmin(Decided):
    list_display = ["id", "name", "owner", "shown", "items", "hidden_at"]
    list_filter = ["shown"]
    search_fields = ["name", "owner__username"]
