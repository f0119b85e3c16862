"""A member's wallet and its receipts."""

import csv

from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from civitai.access import fetch
from civitai.paging import keyset
from wallet import queries, receipts
from wallet.context import balance_of
from wallet.domain import rewards
from wallet.forms import ChoosingForm
from wallet.kinds import hold_of, purpose_name, words_of
from wallet.models import Hold, Kind, Transfer
from wallet.policy import policy
from wallet.states import HoldState

PAGE = 30


@login_required
@require_safe
def wallet(request):
    form = ChoosingForm(request.GET, since=request.user.date_joined)
    entries = queries.chosen(queries.history(request.user), **form.chosen)
    page = keyset(entries, order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE)
    held = _holds(request.user) + queries.held_elsewhere(request.user)
    balance = balance_of(request)
    context = {
        "balance": balance,
        "chart": queries.curve(request.user, balance, today=timezone.now().date(), span=form.reach),
        "held": held,
        "held_units": sum(one["units"] for one in held),
        "lines": receipts.lines(page.rows, request.user),
        "next_cursor": page.next_cursor,
        "form": form,
        "count": queries.counted(entries),
        "which": form.chosen["show"],
        "sums": queries.sums(entries) if form.is_narrow else None,
        "daily": None if rewards.has_claimed(request.user) else policy.daily,
    }
    return _private(render(request, "wallet/wallet.html", context))


def _holds(user):
    rows = Hold.objects.visible_to(user).filter(state=HoldState.HELD).select_related("transfer")
    rows = list(rows.order_by("expires_at"))
    gone = queries.gone([hold.transfer.url for hold in rows], user)
    return [
        {
            "name": purpose_name(hold.purpose),
            "units": hold.units,
            "until": hold.expires_at,
            "url": "" if hold.transfer.url in gone else hold.transfer.url,
        }
        for hold in rows
    ]


@login_required
@require_safe
def export(request):
    """What the list of receipts shows, all of it, for a spreadsheet."""
    form = ChoosingForm(request.GET, since=request.user.date_joined)
    entries = queries.chosen(queries.history(request.user), **form.chosen)
    writer = csv.writer(_Echo())
    told = (writer.writerow(row) for row in receipts.rows(entries, request.user, get_language()))
    response = StreamingHttpResponse(told, content_type="text/csv; charset=utf-8")
    name = f"wallet-{form.chosen['period'] or timezone.now().date()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _private(response)


class _Echo:
    def write(self, text):
        return text


@login_required
@require_safe
def receipt(request, pk):
    """Every credit of a transfer: from where, to whom. Who may not know of each other is not named."""
    rows = Transfer.objects.select_related(
        "by", "refunds", "refunded_by", "hold__outcome", "settled_hold__transfer", "settled_hold__outcome"
    )
    transfer = fetch(rows, request.user, pk=pk)
    entries = list(queries.receipt_entries(transfer))
    for entry in entries:
        entry.transfer = transfer
    mine = [entry for entry in entries if entry.account.owner_id == request.user.pk]
    hold = hold_of(transfer)
    kind = transfer.kind
    url = queries.url_of(transfer, request.user)
    context = {
        "transfer": transfer,
        "about": queries.abouts([transfer], request.user)[transfer.pk],
        "url": "" if queries.gone([url], request.user) else url,
        "parties": [
            (receipts.name_of(account, request.user, kind), account, units)
            for account, _entry, units in receipts.parties(entries, request.user, kind)
        ],
        "left": [entry for entry in mine if entry.account.kind == Kind.MEMBER],
        "is_by_known": transfer.by_id != request.user.pk and receipts.is_among_people(kind),
        "words": words_of(mine[0]),
        "units": receipts.units_of(mine),
        "hold": hold if hold and hold.owner_id == request.user.pk else None,
    }
    if context["hold"]:
        context |= _fate(hold)
    return _private(render(request, "wallet/receipt.html", context))


def _fate(hold):
    """Of what was set aside: what was paid, and what came back."""
    if hold.outcome is None:
        return {"held": hold.units}
    back = hold.outcome.entries.filter(account__owner=hold.owner, account__kind=Kind.MEMBER)
    came = min(hold.units, sum(back.values_list("units", flat=True)))
    return {"held": hold.units, "paid": hold.units - came, "back": came}


def _private(response):
    response["Cache-Control"] = "private, no-store"
    return response
