"""Who follows whom."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.domain.blocking import require_contact
from accounts.models import Follow
from civitai import adapters
from civitai.errors import Refused


def follow(follower, followed):
    """`follower` hears of what `followed` publishes. True when that is new; twice is once. Tells "followed".

    Raises Refused for oneself, and where one of them blocked the other.
    """
    if follower.pk == followed.pk:
        raise Refused(_("You can't follow yourself."), code="oneself")
    require_contact(follower, followed)
    with transaction.atomic():
        _row, is_new = Follow.objects.get_or_create(follower=follower, followed=followed)
        if is_new:
            adapters.tell("followed", follower=follower, followed=followed)
    return is_new


def unfollow(follower, followed):
    """True when there was something to end."""
    return bool(Follow.objects.filter(follower=follower, followed=followed).delete()[0])
