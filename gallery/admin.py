"""Posts and images."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from civitai.admin import Large, Rows
from gallery.models import Image, ImageResource, Post
from moderation.admin import Decided


class ImageRows(Rows):
    model = Image
    fields = ["position", "picture", "level", "sort_at", "hidden_at", "removed_at"]
    show_change_link = True


class ResourceRows(Rows):
    model = ImageResource
    fields = ["name", "type", "version", "hash", "weight", "is_detected"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("version__model")


@admin.register(Post)
class PostAdmin(Decided, Large):
    called = _("Posts")
    list_display = ["id", "title", "owner", "state", "published_at", "hidden_at"]
    list_filter = ["state"]
    search_fields = ["=id", "title", "owner__username"]
    inlines = [ImageRows]


@admin.register(Image)
class ImageAdmin(Decided, Large):
    called = _("Images")
    list_display = ["id", "post", "owner", "level", "base_model", "sort_at", "likes", "hidden_at", "removed_at"]
    list_filter = ["level", "made_here", "shows_real_person"]
    search_fields = ["=id", "owner__username"]
    exclude = ["tag_ids"]
    inlines = [ResourceRows]
