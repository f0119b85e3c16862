"""Models, versions and files: what is there, and the acts that the domain knows."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from civitai.admin import Jobs, Large, ReadOnly, Rows, among, beginning
from models_hub.catalogue.kinds import ModelType
from models_hub.domain import files
from models_hub.models import Download, FileCheck, FileHash, Model, ModelFile, ModelVersion, Review
from moderation.admin import Decided


class VersionRows(Rows):
    model = ModelVersion
    fields = ["name", "base_model", "state", "can_generate", "downloads", "published_at"]
    show_change_link = True


class FileRows(Rows):
    model = ModelFile
    fields = ["name", "state", "format", "size_bytes", "is_primary", "scanned_at"]
    show_change_link = True


class HashRows(Rows):
    model = FileHash
    fields = ["kind", "value"]


@admin.register(Model)
class ModelAdmin(Decided):
    called = _("Models")
    list_display = ["id", "name", "type", "owner", "state", "downloads", "likes", "published_at", "hidden_at"]
    list_filter = [
        "state",
        among("type", ModelType.choices, title=_("Type")),
        among("freeze_level", [(level, level) for level in range(4)], title=_("Frozen")),
    ]
    search_fields = ["name", "owner__username"]
    exclude = ["search", "tag_ids"]
    inlines = [VersionRows]


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly):
    called = _("Versions")
    list_display = ["id", "model", "name", "base_model", "state", "can_generate", "downloads"]
    list_filter = ["state", "can_generate"]
    search_fields = ["model__name", "name"]
    inlines = [FileRows]


@admin.register(ModelFile)
class ModelFileAdmin(ReadOnly):
    called = _("Files")
    list_display = ["id", "name", "version", "state", "format", "size_bytes", "is_primary", "scanned_at", "swept_at"]
    list_filter = ["state", "format"]
    list_select_related = ["version__model"]
    search_fields = ["name", "hashes__value"]
    actions = ["check_again"]
    inlines = [HashRows]

    # Reading is enough to ask for another check: it changes nothing that is ready or refused.
    @admin.action(description=_("Check again what broke off"), permissions=["view"])
    def check_again(self, request, queryset):
        for file in queryset:
            files.check_again(file, by=request.user)


@admin.register(FileCheck)
class FileCheckAdmin(Jobs):
    called = _("Checks of files")
    list_display = ["created_at", "file", "state", "attempt", "progress_done", "progress_total", "finished_at"]
    search_fields = ["file__name"]
    # It ends by itself; what broke off is checked again from the file.
    actions = []


@admin.register(Review)
class ReviewAdmin(Decided):
    called = _("Reviews")
    list_display = ["at", "author", "model", "version", "recommends", beginning("text"), "hidden_at", "removed_at"]
    list_filter = ["recommends"]
    list_select_related = ["version__model"]
    search_fields = ["text", "author__username", "model__name"]


@admin.register(Download)
class DownloadAdmin(Large):
    called = _("Downloads")
    list_display = ["id", "file", "user", "day"]
    search_fields = ["=file__pk", "user__username"]
    exclude = ["who"]
