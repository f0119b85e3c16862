"""A member's wallet and its receipts."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from civitai.access import fetch
from civitai.paging import keyset
from wallet import queries
from wallet.context import balance_of
from wallet.domain import rewards
from wallet.kinds import purpose_name, words_of
from wallet.models import Hold, Transfer
from wallet.policy import policy
from wallet.states import HoldState

PAGE = 30
SHOWN = {
    "all": {},
    "in": {"units__gt": 0},
    "out": {"units__lt": 0},
    "refunds": {"transfer__kind__in": ["refund", "release"]},
}


@login_required
@require_safe
def wallet(request):
    which = request.GET.get("show") if request.GET.get("show") in SHOWN else "all"
    entries = queries.history(request.user).filter(**SHOWN[which])
    page = keyset(entries, order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE)
    held = _holds(request.user) + queries.held_elsewhere(request.user)
    balance = balance_of(request)
    context = {
        "balance": balance,
        "chart": queries.curve(request.user, balance, today=timezone.now().date()),
        "held": held,
        "held_units": sum(one["units"] for one in held),
        "lines": _lines(page.rows),
        "next_cursor": page.next_cursor,
        "which": which,
        "daily": None if rewards.has_claimed(request.user) else policy.daily,
    }
    response = render(request, "wallet/wallet.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _holds(user):
    rows = Hold.objects.visible_to(user).filter(state=HoldState.HELD).order_by("expires_at")
    return [
        {"name": purpose_name(hold.purpose), "units": hold.units, "until": hold.expires_at, "url": ""} for hold in rows
    ]


def _lines(entries):
    abouts = queries.abouts([entry.transfer for entry in entries])
    return [
        {
            "entry": entry,
            "transfer": entry.transfer,
            "about": abouts[entry.transfer.pk],
            "words": words_of(entry),
            "is_bonus": entry.account.colour == "bonus",
        }
        for entry in entries
    ]


@login_required
@require_safe
def receipt(request, pk):
    """Every credit of a transfer: from where, to whom. Other members are named, other accounts described."""
    transfer = fetch(Transfer.objects.select_related("by", "refunds", "refunded_by"), request.user, pk=pk)
    entries = list(queries.receipt_entries(transfer))
    mine = [entry for entry in entries if entry.account.owner_id == request.user.pk]
    context = {
        "transfer": transfer,
        "about": queries.abouts([transfer])[transfer.pk],
        "entries": entries,
        "mine": mine,
        "words": words_of(mine[0]),
        "units": sum(entry.units for entry in mine if entry.account.kind == "member"),
    }
    response = render(request, "wallet/receipt.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
