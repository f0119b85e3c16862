"""What administrators do with accounts."""

from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused


def close(user, *, by):
    """Nobody comes in with it any more, by session or key. Raises Refused for oneself, which would lock the door behind."""
    if user.pk == by.pk:
        raise Refused(_("You can't close your own account here."), code="oneself")
    user.shut_out()


def reopen(user, *, by):
    user.let_in()


def appoint(user, *, by):
    """A moderator from now on."""
    user.entrust()


def dismiss(user, *, by):
    user.relieve()
