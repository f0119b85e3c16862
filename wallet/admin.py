"""The ledger, to look at. A mistake is put right by another transfer, never here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from civitai.admin import Large, ReadOnly, Rows, beginning
from wallet.models import Account, Entry, Hold, Transfer


class EntryRows(Rows):
    model = Entry
    fields = ["account", "units", "balance"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("account__owner")


@admin.register(Account)
class AccountAdmin(ReadOnly):
    called = _("Accounts")
    list_display = ["id", "kind", "owner", "reference", "colour", "balance", "created_at"]
    list_filter = ["kind", "colour"]
    search_fields = ["owner__username", "reference"]


@admin.register(Transfer)
class TransferAdmin(Large):
    called = _("Transfers")
    list_display = ["at", "kind", "key", "by", beginning("note")]
    search_fields = ["=key", "by__username"]
    inlines = [EntryRows]


@admin.register(Entry)
class EntryAdmin(Large):
    called = _("Ledger entries")
    list_display = ["id", "transfer", "account", "units", "balance"]
    list_select_related = ["account__owner"]
    search_fields = ["=transfer__key", "account__owner__username"]


@admin.register(Hold)
class HoldAdmin(ReadOnly):
    called = _("Set aside")
    list_display = ["created_at", "owner", "purpose", "state", "credits", "bonus", "expires_at"]
    list_filter = ["state", "purpose"]
    search_fields = ["=key", "owner__username"]
