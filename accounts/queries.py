"""Reads that more than one room asks for."""

from accounts.models import Follow, User


def follows(user, person):
    """Whether `user` follows `person`; visitors follow nobody."""
    return user.is_authenticated and Follow.objects.filter(follower=user, followed=person).exists()


def followers_count(person):
    return Follow.objects.filter(followed=person, follower__is_active=True).count()


def following(user):
    """Whom `user` follows, as Follow rows with their people."""
    return Follow.objects.filter(follower=user, followed__is_active=True).select_related("followed")


def followers_of(person):
    return User.objects.filter(follows__followed=person, is_active=True)
