"""Training sets and runs."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from civitai.admin import Jobs, Rows
from moderation.admin import Decided
from training.models import Dataset, DatasetPicture, Epoch, RunLine, TrainingRun, Unpacking


class PictureRows(Rows):
    model = DatasetPicture
    fields = ["position", "name", "caption", "picture"]


class EpochRows(Rows):
    model = Epoch
    fields = ["number", "step", "loss", "size_bytes", "version"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("version__model")


class LineRows(Rows):
    model = RunLine
    fields = ["at", "attempt", "text"]


@admin.register(Dataset)
class DatasetAdmin(Decided):
    called = _("Training sets")
    list_display = ["id", "name", "owner", "state", "trigger", "attested_at", "hidden_at"]
    list_filter = ["state"]
    search_fields = ["name", "owner__username"]
    inlines = [PictureRows]


@admin.register(TrainingRun)
class TrainingRunAdmin(Jobs):
    called = _("Training runs")
    list_display = ["created_at", "name", "owner", "dataset", "base", "state", "attempt", "price", "finished_at"]
    list_select_related = ["base__model"]
    search_fields = ["=id", "name", "owner__username"]
    inlines = [EpochRows, LineRows]


@admin.register(Unpacking)
class UnpackingAdmin(Jobs):
    called = _("Unpacked zips")
    list_display = ["created_at", "name", "dataset", "state", "taken", "size_bytes", "error", "finished_at"]
    search_fields = ["name", "dataset__name"]
