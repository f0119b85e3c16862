"""Reads that more than one room asks for."""

from accounts.models import Block, Follow, Notification, User


def follows(user, person):
    """Whether `user` follows `person`; visitors follow nobody."""
    return user.is_authenticated and Follow.objects.filter(follower=user, followed=person).exists()


def followers_count(person):
    return Follow.objects.filter(followed=person, follower__is_active=True).count()


def following(user):
    """Whom `user` follows, as Follow rows with their people."""
    return Follow.objects.filter(follower=user, followed__is_active=True).select_related("followed")


def followed_ids(user):
    """A subquery of the ids of those whom `user` follows; visitors follow nobody."""
    return Follow.objects.filter(follower_id=user.pk if user.is_authenticated else None).values("followed")


def followers_of(person):
    return User.objects.filter(follows__followed=person, is_active=True)


def blocked_ids(user):
    """Everyone whom `user` blocked or who blocked `user`: nothing goes between them. One query, none for visitors."""
    if not user.is_authenticated:
        return set()
    mine = set(user.hidden_people)
    return mine | set(Block.objects.filter(other=user).values_list("user", flat=True))


def hidden_ids(user):
    """The ids of those whose things are not listed to `user`, whom they blocked. No query: it lies beside the member."""
    return list(getattr(user, "hidden_people", ()))


def hidden_tag_ids(user):
    """The ids of tags whose content is not listed to `user`. No query."""
    return list(getattr(user, "hidden_tags", ()))


def blocked(user):
    """Whom `user` blocked, as Block rows with their people."""
    return Block.objects.filter(user=user).select_related("other")


def notifications(user):
    """What `user` was told, with who did it."""
    return Notification.objects.visible_to(user).select_related("by")
