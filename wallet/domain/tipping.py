"""A member thanks another with credits."""

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import adapters
from civitai.errors import Refused, TooMany
from wallet.domain import accounts
from wallet.domain.transfers import transfer
from wallet.models import Account, Entry, Transfer
from wallet.money import checked, shown
from wallet.policy import policy


def tip(giver, receiver, units, *, key, url="", note=""):
    """Moves `units` of credits (never bonus) to somebody else; the same key is one tip. Raises Refused, NotEnough."""
    checked(units, least=policy.least_tip, most=policy.most_tip, field="amount")
    if giver.pk == receiver.pk:
        raise Refused(_("You can't tip yourself."), field="amount", code="self")
    full_key = f"tip:{giver.pk}:{key}"
    moves = [(accounts.of(giver), -units), (accounts.of(receiver), units)]
    if Transfer.objects.filter(key=full_key).exists():
        # Whatever has become of the two since: it was given, and is not given again.
        return transfer("tip", key=full_key, moves=moves)
    if not receiver.is_active:
        raise Refused(_("This member is not here any more."), code="gone")
    for sentence in filter(None, adapters.tell("may_give", giver=giver, receiver=receiver)):
        raise Refused(sentence, code="blocked")
    with transaction.atomic():
        # Locked before the day is added up: two tips at once both count. Both accounts, in the order of their keys,
        # as every transfer takes them: two who tip each other never wait for each other.
        pks = [account.pk for account, _units in moves]
        list(Account.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
        is_first = not Transfer.objects.filter(key=full_key).exists()
        if is_first and given_today(giver) + units > policy.most_tips_a_day:
            raise TooMany(
                _("At most %(most)s credits of tips a day. Go on tomorrow.") % {"most": shown(policy.most_tips_a_day)}
            )
        done = transfer("tip", key=full_key, moves=moves, by=giver, note=note, url=url)
        if is_first:
            adapters.tell("tipped", giver=giver, receiver=receiver, units=units, url=done.get_absolute_url())
        return done


def given_today(giver):
    """Units of tips of this UTC day."""
    morning = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    given = Entry.objects.filter(
        account__owner=giver, account__kind="member", units__lt=0, transfer__kind="tip", transfer__at__gte=morning
    )
    return -(given.aggregate(sum=Sum("units"))["sum"] or 0)
