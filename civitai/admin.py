"""What all pages for administrators share: they look, and act through the domain; nothing is written here.

Money, logs and content have no form and no deletion. A list costs the same for one row and for a hundred.
"""

from django.contrib import admin, messages
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

from civitai.errors import Refused
from civitai.states import StateChange
from civitai.uploads import Upload


class LookedAt:
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def beginning(name, *, letters=90):
    """A column that shows how a text begins."""

    @admin.display(description=name.replace("_", " "))
    def shown(row):
        return Truncator(getattr(row, name)).chars(letters)

    return shown


class ReadOnly(LookedAt, ModelAdmin):
    """Base of every page. Name in `list_display` what is a column; what it points to comes in the same query."""

    # The list's name, in the reader's language.
    called = None
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-pk"]
    list_filter_sheet = False
    compressed_fields = True

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        if self.called:
            self.opts.verbose_name_plural = self.called

    def get_list_select_related(self, request):
        """Columns that point elsewhere, nullable ones too, and what `list_select_related` names beyond them."""
        pointing = {field.name for field in self.model._meta.fields if field.is_relation}
        named = [column for column in self.get_list_display(request) if column in pointing]
        return [*named, *(self.list_select_related or ())]

    def each(self, request, rows, verb):
        """`verb(row)` for each; a refusal is said, and the others go on."""
        for row in rows:
            try:
                verb(row)
            except Refused as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                self.log_change(request, row, self.model_action(request))

    @staticmethod
    def model_action(request):
        return request.POST.get("action", "")


class Large(ReadOnly):
    """Of tables that grow with every visit: neither counted nor sorted by what has no index."""

    paginator = InfinitePaginator
    sortable_by = ()


class Jobs(ReadOnly):
    """What workers work on. Ending it is asked as its owner would ask."""

    list_filter = ["state"]
    ordering = ["-created_at"]
    actions = ["ask_for_an_end"]

    def has_administer_permission(self, request):
        return request.user.is_superuser

    @admin.action(description=_("Ask for an end"), permissions=["administer"])
    def ask_for_an_end(self, request, jobs):
        self.each(request, jobs, lambda job: job.cancel(by=request.user))


class Rows(LookedAt, TabularInline):
    """What belongs to a row, on its page."""

    extra = 0
    per_page = 50
    ordering = ["pk"]
    show_change_link = False

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def get_queryset(self, request):
        pointing = [field.name for field in self.model._meta.fields if field.is_relation and field.name in self.fields]
        return super().get_queryset(request).select_related(*pointing)


@admin.register(StateChange)
class StateChangeAdmin(Large):
    called = _("Changes of state")
    list_display = ["at", "kind", "row", "was", "now", "by", beginning("because")]
    search_fields = ["=row"]


@admin.register(Upload)
class UploadAdmin(ReadOnly):
    called = _("Uploads")
    list_display = ["created_at", "filename", "owner", "purpose", "state", "size_bytes", "taken_at"]
    list_filter = ["state"]
    search_fields = ["filename", "owner__username"]
    ordering = ["-created_at"]
    exclude = ["multipart_id"]
