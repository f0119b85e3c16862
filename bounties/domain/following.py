"""Who hears of a bounty: its backers, who follow it, and in the end who entered."""

from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from bounties.models import Following
from bounties.states import EntryState
from civitai.errors import Refused


def follow(bounty, user):
    """Twice is once. Raises Refused for one that is over."""
    if not bounty.is_live:
        raise Refused(_("It is over already."), code="closed")
    Following.objects.get_or_create(bounty=bounty, user=user)


def unfollow(bounty, user):
    Following.objects.filter(bounty=bounty, user=user).delete()


def tell(bounty, kind, *, key, by=None, url="", backers=True, waiting=False, entrants=False, also=()):
    """Tells its backers (`waiting`: those who have not given), its `entrants` and who follows it, each once for a key.

    `also` are ids of more.     While it is held, only who has a part in it hears of it.
    """
    told = set(also)
    if backers:
        rows = bounty.benefactors.filter(awarded_at=None, refunded_at=None) if waiting else bounty.benefactors.all()
        told |= set(rows.values_list("user", flat=True))
    if entrants:
        told |= set(bounty.entries.filter(state=EntryState.ENTERED).values_list("owner", flat=True))
    if not bounty.is_closed_to_members:
        told |= set(Following.objects.filter(bounty=bounty).values_list("user", flat=True))
    return notices.notify(list(told), kind, by=by, url=url or bounty.get_absolute_url(), about=bounty.name, key=key)
