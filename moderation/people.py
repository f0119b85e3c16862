"""Members as things that can be reported."""

from accounts.models import User
from moderation.policy import people as policy
from moderation.subjects import Described


def describe(keys):
    rows = User.objects.filter(pk__in=[key for key in keys if str(key).isdecimal()])
    return {
        str(row.pk): Described(
            title=f"@{row.username}",
            url=row.get_absolute_url(),
            owner=row,
            pictures=(row.avatar_uuid,) if row.avatar_uuid else (),
            text=row.bio,
        )
        for row in rows
    }


def username_chosen(username):
    """The sentence for a name that is a real person's, or None."""
    verdict = policy.check("username", username)
    return verdict.sentence if verdict.action == "refuse" else None


def hide(row, *, by, reason):
    row.shut_out()


def restore(row, *, by):
    row.let_in()


def resolve(paths):
    """Fills "resolve_url": addresses of profiles."""
    import re

    named = {path: found[1] for path in paths if (found := re.match(r"/users/([\w.-]{1,64})/?(?:\?|$)", path))}
    rows = dict(User.objects.filter(username__in=named.values()).values_list("username", "pk"))
    return {path: ("accounts.User", str(rows[name])) for path, name in named.items() if name in rows}
