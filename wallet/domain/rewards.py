"""What the platform gives: once for joining, once a day for coming by."""

from django.utils import timezone

from wallet.domain import accounts
from wallet.domain.transfers import transfer
from wallet.models import Colour, Transfer
from wallet.policy import policy


def welcome(user):
    """The grant of a new member; twice is once, whatever the policy says by then."""
    if first := Transfer.objects.filter(key=f"welcome:{user.pk}").first():
        return first
    moves = [(accounts.house("issuance"), -policy.welcome), (accounts.of(user), policy.welcome)]
    return transfer("grant", key=f"welcome:{user.pk}", moves=moves)


def claim_daily(user, *, day=None):
    """(transfer, whether it is new): the reward of this UTC day, in bonus; a second claim finds the first."""
    key = daily_key(user, day)
    # Asked first: a policy that changes during the day is no other body.
    if first := Transfer.objects.filter(key=key).first():
        return first, False
    moves = [
        (accounts.house("issuance", Colour.BONUS), -policy.daily),
        (accounts.of(user, Colour.BONUS), policy.daily),
    ]
    return transfer("reward", key=key, moves=moves), True


def has_claimed(user):
    return Transfer.objects.filter(key=daily_key(user)).exists()


def daily_key(user, day=None):
    # The server's day: a member's clock and time zone change nothing.
    return f"daily:{user.pk}:{day or timezone.now().date()}"
