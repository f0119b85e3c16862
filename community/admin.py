"""Pictures, tags, comments and collections."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from civitai.admin import Large, ReadOnly, beginning
from community.models import Collection, Comment, Picture, Tag, Thread
from moderation.admin import Decided


@admin.register(Picture)
class PictureAdmin(Large):
    """Its level and what shows it are decided where it is shown, or at the workbench."""

    called = _("Pictures")
    list_display = ["created_at", "id", "owner", "state", "level", "score", "is_public", "hidden_at", "withheld_at"]
    list_filter = ["state", "level", "is_public"]
    search_fields = ["=id", "=sha256", "owner__username"]
    ordering = ["-created_at", "-id"]


@admin.register(Tag)
class TagAdmin(ReadOnly):
    called = _("Tags")
    list_display = ["name", "kind"]
    list_filter = ["kind"]
    search_fields = ["name"]
    ordering = ["name"]


@admin.register(Thread)
class ThreadAdmin(ReadOnly):
    called = _("Threads")
    list_display = ["id", "subject", "row", "comments", "locked_at"]
    search_fields = ["=row"]


@admin.register(Comment)
class CommentAdmin(Decided):
    called = _("Comments")
    list_display = ["at", "author", beginning("text"), "thread", "likes", "hidden_at", "removed_at"]
    search_fields = ["text", "author__username"]
    exclude = ["key"]


@admin.register(Collection)
class CollectionAdmin(Decided):
    called = _("Collections")
    list_display = ["id", "name", "owner", "shown", "items", "hidden_at"]
    list_filter = ["shown"]
    search_fields = ["name", "owner__username"]
