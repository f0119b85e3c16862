"""Members with something in their pockets, from where credits always come."""

from itertools import count

from wallet.domain import accounts
from wallet.domain.transfers import transfer
from wallet.models import Colour
from wallet.money import credits

_numbers = count(1)


def give(user, amount, *, bonus=0):
    """`amount` credits (and bonus) out of the issuance."""
    for colour, units in ((Colour.CREDITS, credits(amount)), (Colour.BONUS, credits(bonus))):
        moves = [(accounts.house("issuance", colour), -units), (accounts.of(user, colour), units)]
        transfer("grant", key=f"test:{user.pk}:{next(_numbers)}", moves=moves)
    return user
