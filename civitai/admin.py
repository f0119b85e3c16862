"""What all pages for administrators share: they look, and act through the domain; nothing is written here.

Money, logs and content have no form and no deletion. A list costs the same for one row and for a hundred.
"""

from functools import cache

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
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


class CappedPaginator(Paginator):
    """Counts to MOST and no further: an exact count of a large table reads all of it, for a figure nobody needs."""

    MOST = 5_000

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[: self.MOST].count()


class ReadOnly(LookedAt, ModelAdmin):
    """Base of every page. Name in `list_display` what is a column; what it points to comes in the same query.

    Lists come in an order that an index has, and are sorted by nothing else. `search_fields`: "=name" is exact, by an
    index; "owner__username" is a member's name or its beginning; any other is a word somewhere in a small table.
    """

    # The list's name, in the reader's language.
    called = None
    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    sortable_by = ()
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

    def get_changelist(self, request, **kwargs):
        return _in_its_own_order(super().get_changelist(request, **kwargs))

    def get_search_results(self, request, queryset, search_term):
        """Members are looked up first, so that no table is joined and read whole for a name."""
        term = search_term.strip()
        if not term or "\x00" in term:
            return queryset, False
        found = Q(pk=None)
        for name in self.get_search_fields(request):
            found |= self._found(name, term)
        # By their keys: else the list's order is walked from its beginning, row by row, until enough of them are found.
        keys = list(self.model._base_manager.filter(found).order_by().values_list("pk", flat=True)[:FOUND])
        return queryset.filter(pk__in=keys), False

    def _found(self, name, term):
        if name.startswith("="):
            try:
                value = _last_field(self.model, name[1:]).to_python(term)
            except (ValidationError, ValueError):
                return Q(pk=None)
            return Q(**{name[1:]: value})
        if name.endswith("username"):
            people = get_user_model().objects.annotate(low=Lower("username"))
            named = people.filter(Q(low=term.lower()) | Q(username__startswith=term)).order_by()
            keys = list(named.values_list("pk", flat=True)[:NAMED])
            return Q(**{f"{name.removesuffix('__username')}__in": keys} if "__" in name else {"pk__in": keys})
        return Q(**{f"{name}__icontains": term})

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


@cache
def _in_its_own_order(lists):
    """No column is offered for sorting; an address that asks for it all the same gets the order that has an index."""
    return type("Ordered", (lists,), {"get_ordering_field": lambda self, name: None})


def _last_field(model, path):
    *way, last = path.split("__")
    for name in way:
        model = model._meta.get_field(name).related_model
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


NAMED, FOUND = 200, 2_000


def among(field, choices, *, title):
    """A filter by values that are known beforehand: Django's own would read the whole table to learn them."""

    class Among(SimpleListFilter):
        parameter_name = field

        def lookups(self, request, model_admin):
            return choices() if callable(choices) else choices

        def queryset(self, request, queryset):
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    Among.title = title
    return Among


class Large(ReadOnly):
    """Of tables that grow with every visit: not counted at all, and searched by what has an index alone."""

    paginator = InfinitePaginator


class Jobs(ReadOnly):
    """What workers work on. Ending it is asked as its owner would ask."""

    list_filter = ["state"]
    ordering = ["-created_at", "-id"]
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
