"""Who wants nothing of whom."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, Follow, User
from civitai import adapters
from civitai.errors import Refused

MOST = 1000
APART = _("This member does not want to be contacted by you.")


@transaction.atomic
def block(user, other):
    """`user` sees nothing of `other` any more, and neither follows the other. True when that is new. Tells "blocked".

    Raises Refused for oneself, for moderators and beyond MOST.
    """
    if user.pk == other.pk:
        raise Refused(_("You can't block yourself."), code="oneself")
    if other.is_moderator:
        raise Refused(_("Moderators can't be blocked: they must be able to reach you."), code="moderator")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Block.objects.filter(user=user).count() >= MOST:
        raise Refused(_("You have blocked %(most)s people, which is as many as we keep.") % {"most": MOST})
    _row, is_new = Block.objects.get_or_create(user=user, other=other)
    if is_new:
        Follow.objects.filter(follower=user, followed=other).delete()
        Follow.objects.filter(follower=other, followed=user).delete()
        _copy(user)
        adapters.tell("blocked", user=user, other=other)
    return is_new


@transaction.atomic
def unblock(user, other):
    """True when there was something to end. Nobody follows anybody again by that."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    gone = Block.objects.filter(user=user, other=other).delete()[0]
    _copy(user)
    return bool(gone)


def _copy(user):
    """Beside the member, for lists that must not ask; see User.hidden_people."""
    ids = list(Block.objects.filter(user=user).order_by("other").values_list("other", flat=True))
    User.objects.filter(pk=user.pk).update(hidden_people=ids)
    user.hidden_people = ids


def require_contact(user, owner, sentence=None):
    """Raises Refused when either blocked the other. Asks nothing about oneself or nobody."""
    if owner is not None and are_apart(user, owner):
        raise Refused(sentence or APART, code="blocked")


def are_apart(user, other):
    """Whether one of them blocked the other."""
    if user.pk == other.pk:
        return False
    return other.pk in user.hidden_people or Block.objects.filter(user=other, other=user).exists()


def may_give(giver, receiver):
    """Listens to "may_give": the sentence that says why not, or None."""
    return APART if are_apart(giver, receiver) else None
