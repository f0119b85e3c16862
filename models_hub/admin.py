"""Read-only: what is there, and the acts that the domain knows."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from models_hub.domain import files
from models_hub.models import Download, FileCheck, Model, ModelFile, ModelVersion


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Model)
class ModelAdmin(ReadOnly):
    list_display = ["id", "name", "type", "owner", "state", "downloads", "likes", "published_at", "hidden_at"]
    list_filter = ["state", "type"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly):
    list_display = ["id", "model", "name", "base_model", "state", "can_generate", "downloads"]
    list_filter = ["state", "can_generate"]
    list_select_related = ["model"]
    search_fields = ["model__name", "name"]


@admin.register(ModelFile)
class ModelFileAdmin(ReadOnly):
    list_display = ["id", "name", "version", "state", "format", "size_bytes", "is_primary", "scanned_at", "swept_at"]
    list_filter = ["state", "format"]
    list_select_related = ["version__model"]
    search_fields = ["name", "hashes__value"]
    actions = ["check_again"]

    # Reading is enough to ask for another check: it changes nothing that is ready or refused.
    @admin.action(description=_("Check again what broke off"), permissions=["view"])
    def check_again(self, request, queryset):
        for file in queryset:
            files.check_again(file, by=request.user)


@admin.register(FileCheck)
class FileCheckAdmin(ReadOnly):
    list_display = ["id", "file", "state", "attempt", "progress_done", "progress_total", "created_at", "finished_at"]
    list_filter = ["state"]
    list_select_related = ["file"]


@admin.register(Download)
class DownloadAdmin(ReadOnly):
    list_display = ["id", "file", "user", "day"]
    list_select_related = ["file", "user"]
