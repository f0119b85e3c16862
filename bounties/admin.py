"""Bounties, entries and who paid for them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bounties.models import Benefactor, Bounty, Entry, EntryFile
from civitai.admin import ReadOnly, Rows
from moderation.admin import Decided


class BenefactorRows(Rows):
    model = Benefactor
    fields = ["user", "units", "awarded_to", "awarded_at", "refunded_at", "by_clock"]


class EntryRows(Rows):
    model = Entry
    fields = ["name", "owner", "state", "given", "hidden_at"]
    show_change_link = True


class FileRows(Rows):
    model = EntryFile
    fields = ["name", "size_bytes", "sha256"]


@admin.register(Bounty)
class BountyAdmin(Decided):
    called = _("Bounties")
    list_display = ["id", "name", "owner", "type", "state", "reward", "ends_at", "hidden_at"]
    list_filter = ["state", "type"]
    search_fields = ["name", "owner__username"]
    inlines = [BenefactorRows, EntryRows]


@admin.register(Entry)
class EntryAdmin(Decided):
    called = _("Entries")
    list_display = ["id", "name", "bounty", "owner", "state", "given", "hidden_at"]
    list_filter = ["state"]
    search_fields = ["name", "owner__username"]
    inlines = [FileRows]


@admin.register(Benefactor)
class BenefactorAdmin(ReadOnly):
    called = _("Backers")
    list_display = ["id", "bounty", "user", "units", "awarded_to", "awarded_at", "refunded_at"]
    search_fields = ["bounty__name", "user__username"]
