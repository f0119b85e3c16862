"""What members asked the workers to draw."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from civitai.admin import Jobs, Large, Rows, beginning
from generation.models import Generation, GenerationResource, GenerationResult


class ResourceRows(Rows):
    model = GenerationResource
    fields = ["version", "weight"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("version__model")


class ResultRows(Rows):
    model = GenerationResult
    fields = ["index", "picture", "seed", "seconds", "image"]


@admin.register(Generation)
class GenerationAdmin(Jobs, Large):
    called = _("Generations")
    list_display = ["created_at", "owner", "base", "state", "attempt", "count", beginning("error"), "finished_at"]
    list_select_related = ["base__model"]
    search_fields = ["=id", "owner__username"]
    inlines = [ResourceRows, ResultRows]
