"""Whose accounts there are. Each is made when it is first named."""

from django.db import IntegrityError, transaction

from wallet.models import Account, Colour, Kind


def of(user, colour=Colour.CREDITS):
    """The member's account of a colour."""
    return _found(owner=user, kind=Kind.MEMBER, colour=colour)


def held(user, colour=Colour.CREDITS):
    """What is set aside of the member's."""
    return _found(owner=user, kind=Kind.HELD, colour=colour)


def house(name, colour=Colour.CREDITS):
    """The platform's: "issuance" (where credits begin; may owe), "external" (may owe), "fees"."""
    return _found(kind=Kind.HOUSE, reference=name, colour=colour)


def purse(kind, reference):
    """Credits of nobody yet: ("escrow", "bounty:7"), ("artist", "case:9")."""
    return _found(kind=Kind(kind), reference=reference, colour=Colour.CREDITS)


def _found(**names):
    row = Account.objects.filter(**names).first()
    if row is not None:
        return row
    try:
        with transaction.atomic():
            return Account.objects.create(**names)
    except IntegrityError:
        # Somebody else was quicker with the very same account.
        return Account.objects.get(**names)
