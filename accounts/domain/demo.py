"""Members of the demo site. They do not exist in production."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts.domain import joining
from accounts.models import User
from civitai.levels import Level

PASSWORD = "try-civitai-out"


@transaction.atomic
def member(username, *, email="", password=PASSWORD, display_name="", bio="", level_mask=int(Level.PG), **fields):
    """A member whose e-mail is confirmed, ready to sign in; the one of that name if there is one already.

    Raises RuntimeError where settings.DEMO is off.
    """
    if not settings.DEMO:
        raise RuntimeError("Demo members are for the demo site alone.")
    found = User.objects.named(username).first()
    if found is not None:
        return found
    user = User.objects.create_user(
        username,
        email or f"{username}@example.org",
        password,
        display_name=display_name,
        bio=bio,
        level_mask=level_mask,
        **fields,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    joining.welcome(user)
    return user
