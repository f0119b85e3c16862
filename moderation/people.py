"""Members as things that can be reported."""

from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_noop

from accounts.models import User
from moderation.domain import queueing
from moderation.models import Item
from moderation.naming import Names
from moderation.policy import people as policy
from moderation.states import ItemState
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


RING = gettext_noop("Tips went round in a ring and came back to this member")


def tip_ring(*, members, newest_at):
    """They come before a moderator as one item that names all; not again for tips that one has looked at."""
    looked = Item.objects.filter(Q(state=ItemState.OPEN) | Q(created_at__gte=newest_at), subject=LABEL, queue="policy")
    for row, others in looked.exclude(others=[]).values_list("row", "others"):
        if set(members) <= {int(row), *others}:
            return
    first, *others = members
    item = queueing.raise_item((LABEL, first), queue="policy", because=RING)
    Item.objects.filter(pk=item.pk).update(others=sorted({*item.others, *others}))


def hide(row, *, by, reason):
    row.shut_out()


def restore(row, *, by):
    row.let_in()


# What removal cases do to a profile: to what it says of itself, not to what its owner published.

LABEL, WORDS = "accounts.User", ("display_name", "bio")


def frozen(*, subject, pk, level, case, **facts):
    """From level 1 on the name, the words and the portrait are shown to nobody, and nobody finds it; at 2 it is closed."""
    for row in _locked(subject, pk):
        row.freeze(level, reference=case.reference if level else "")


def taken_down(*, subject, pk, case, **facts):
    """The account stays; what its profile said of itself is gone."""
    for row in _locked(subject, pk):
        if row.bio or row.display_name or row.avatar_uuid:
            _keep(case, row)
            row.describe(display_name="", bio="")
            row.wear(None)
            return [("profiles_emptied", 1)]
    return None


def name_taken_out(*, subject, pk, names, case, **facts):
    names = Names(names)
    for row in _locked(subject, pk):
        said = [text for text in (row.username, row.display_name, row.bio) if names.are_in(text)]
        if said:
            _keep(case, row)
            row.describe(display_name=names.out_of(row.display_name), bio=names.out_of(row.bio))
            if names.are_in(row.username):
                row.rename(f"member-{row.pk}")
            return [("names_out", len(said))]
    return None


def restored(*, subject, pk, case, **facts):
    from moderation.domain.cases import traces

    count = 0
    for row in _locked(subject, pk):
        for trace in traces.of(case, LABEL).filter(row=str(row.pk)):
            was = trace.before
            row.describe(display_name=was["display_name"], bio=was["bio"])
            row.wear(UUID(was["avatar_uuid"]) if was["avatar_uuid"] else None)
            if was["username"] != row.username and not User.objects.named(was["username"]).exists():
                row.rename(was["username"])
            traces.undone(trace)
            count += 1
    return [("restored", count)] if count else None


def _locked(subject, pk):
    return User.objects.select_for_update().filter(pk=pk) if subject == LABEL else ()


def _keep(case, row):
    from moderation.domain.cases import traces

    before = {name: getattr(row, name) for name in ("username", *WORDS)}
    traces.keep(case, LABEL, row.pk, {**before, "avatar_uuid": str(row.avatar_uuid) if row.avatar_uuid else ""})


def snapshots(keys):
    """Fills "case_snapshot": what a profile said when the request came."""
    rows = User.objects.in_bulk([int(pk) for label, pk in keys if label == LABEL])
    return {
        (label, pk): {name: getattr(rows[int(pk)], name) for name in ("username", *WORDS)}
        for label, pk in keys
        if label == LABEL and int(pk) in rows
    }


def resolve(paths):
    """Fills "resolve_url": addresses of profiles."""
    import re

    named = {path: found[1] for path in paths if (found := re.match(r"/users/([\w.-]{1,64})/?(?:\?|$)", path))}
    rows = dict(User.objects.filter(username__in=named.values()).values_list("username", "pk"))
    return {path: ("accounts.User", str(rows[name])) for path, name in named.items() if name in rows}
