"""Members who can sign in, and their keys."""

from allauth.account.models import EmailAddress

from accounts.domain import keys
from accounts.models import User
from accounts.scopes import FULL

PASSWORD = "correct horse battery"


def member(name="ana", *, password=PASSWORD, verified=True, **fields):
    user = User.objects.create_user(username=name, email=f"{name}@example.org", password=password, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def token(user, *, scopes=FULL, days=None, name="script"):
    """The text of a new key, as its owner would have copied it."""
    return keys.issue(user, name=name, scopes=scopes, days=days)[1]
