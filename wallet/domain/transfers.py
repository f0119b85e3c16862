"""The one way in which anything moves."""

import hashlib
import json
from collections import defaultdict

from django.db import IntegrityError, transaction

from wallet.errors import NotEnough, OtherBody
from wallet.models import Account, Entry, Transfer


def transfer(kind, *, key, moves, by=None, note="", url="", refunds=None):
    """Moves units between accounts at once; `moves` are (account, signed units) with the sum zero.

    The same key with the same body is the first Transfer, and nothing happens again; with another body OtherBody.
    Raises NotEnough, and then nothing was moved. Nothing to move is None.
    """
    units = _merged(moves)
    if not units:
        return None
    if sum(units.values()):
        raise ValueError(f"{key}: the moves sum to {sum(units.values())}, not to zero")
    if refunds is not None:
        _check_refund(units, refunds)
    print_ = _fingerprint(kind, units, refunds)
    try:
        with transaction.atomic():
            # Its unique key first: who comes second waits here, and finds the first one's row.
            row = Transfer.objects.create(
                kind=kind, key=key, fingerprint=print_, by=by, note=note[:300], url=url[:300], refunds=refunds
            )
            _post(row, units)
            return row
    except IntegrityError:
        first = Transfer.objects.filter(key=key).first()
        if first is None:
            raise
        if first.fingerprint != print_:
            raise OtherBody from None
        return first


def refund(original, *, key, by=None, note="", url=""):
    """Takes a whole transfer back. Twice is once; a second refund under another key is refused by the database.

    Not of what was set aside or taken back: a hold ends in ways of its own, and a refund is final.
    """
    if original.kind == "hold" or original.refunds_id:
        raise ValueError(f"{original.key} is nothing that a refund takes back")
    moves = [(entry.account, -entry.units) for entry in original.entries.select_related("account")]
    return transfer("refund", key=key, moves=moves, by=by, note=note, url=url, refunds=original)


def _merged(moves):
    units = defaultdict(int)
    for account, amount in moves:
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise ValueError(f"{amount!r} is not a whole number of units")
        units[account.pk] += amount
    return {pk: amount for pk, amount in units.items() if amount}


def _check_refund(units, original):
    """Back the way it came, and no more than came."""
    moved = dict(original.entries.values_list("account_id", "units"))
    for pk, amount in units.items():
        was = moved.get(pk, 0)
        if amount * was >= 0 or abs(amount) > abs(was):
            raise ValueError(f"{original.key} did not move that much, or not that way")


def _fingerprint(kind, units, refunds):
    body = [kind, sorted(units.items()), refunds and refunds.pk]
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def _post(row, units):
    # Always in the order of their keys: two transfers between the same two never wait for each other in a ring.
    accounts = list(Account.objects.select_for_update().filter(pk__in=units).order_by("pk"))
    for account in accounts:
        account.balance += units[account.pk]
        if account.balance < 0 and not account.may_owe:
            raise NotEnough
    Account.objects.bulk_update(accounts, ["balance"])
    Entry.objects.bulk_create(
        Entry(transfer=row, account=account, units=units[account.pk], balance=account.balance) for account in accounts
    )
