"""Amounts. Everything is counted in units, whole numbers; a credit is a thousand of them."""

from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused

CREDIT = 1000
# Far below a bigint's end, far above what anybody has: sums of many stay inside.
LARGEST = 10**15

MALFORMED = _("Write an amount like 25 or 2.5.")


def credits(amount):
    """Units of an amount of credits: credits(2.5) == 2500."""
    return int(Decimal(str(amount)) * CREDIT)


def shown(units):
    """2500 → "2.5", 1234000 → "1234": as written in forms and policies; pages localise through the `credits` filter."""
    return f"{Decimal(units) / CREDIT:f}".rstrip("0").rstrip(".") if units % CREDIT else str(units // CREDIT)


def parsed(text, *, least=1, most=LARGEST, field=None):
    """Units of what a person typed. Digits 0-9 and one point or comma, up to three decimals; nothing else.

    Raises Refused: no sign, no exponent, no NaN, no other alphabet's digits, no truth values.
    """
    if not isinstance(text, str):
        raise Refused(MALFORMED, field=field, code="amount")
    whole, _point, part = text.strip().replace(",", ".").partition(".")
    is_plain = whole.isascii() and whole.isdigit() and len(whole) <= 12
    if not is_plain or (_point and not (part.isascii() and part.isdigit() and len(part) <= 3)):
        raise Refused(MALFORMED, field=field, code="amount")
    return checked(int(whole) * CREDIT + int(part.ljust(3, "0") if part else 0), least=least, most=most, field=field)


def checked(units, *, least=1, most=LARGEST, field=None):
    """`units` when it is a whole number in the range. Raises Refused."""
    if isinstance(units, bool) or not isinstance(units, int):
        raise Refused(MALFORMED, field=field, code="amount")
    if units < least:
        raise Refused(_("At least %(least)s credits.") % {"least": shown(least)}, field=field, code="too_little")
    if units > most:
        raise Refused(_("At most %(most)s credits.") % {"most": shown(most)}, field=field, code="too_much")
    return units


def split(units, basis_points):
    """`units` divided by {name: basis points summing to 10,000}; not one unit is lost.

    Largest remainder; of equal ones the earlier name is served first.
    """
    if sum(basis_points.values()) != 10_000 or min(basis_points.values()) < 0:
        raise ValueError("shares must sum to 10,000 basis points")
    exact = {name: Decimal(units) * points / 10_000 for name, points in basis_points.items()}
    parts = {name: int(share.to_integral_value(ROUND_DOWN)) for name, share in exact.items()}
    rest = units - sum(parts.values())
    for name in sorted(exact, key=lambda name: parts[name] - exact[name])[:rest]:
        parts[name] += 1
    return parts
