"""What happens when somebody becomes a member. What that sets off elsewhere listens to "member_joined"."""

from django.conf import settings

from civitai import adapters


def welcome(user, *, language=""):
    """Called once for a new account, in the transaction that makes it."""
    if language in dict(settings.LANGUAGES):
        user.choose_language(language)
    adapters.tell("member_joined", user=user)
