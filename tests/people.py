"""The standing cast. Alice owns, Bob follows her, Charlie is a stranger, Mona moderates; nobody is signed in."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.models import Follow, User


@dataclass(frozen=True)
class People:
    alice: User
    bob: User
    charlie: User
    mona: User
    nobody: AnonymousUser

    def all(self):
        return [self.alice, self.bob, self.charlie, self.mona, self.nobody]


def person(name, **fields):
    return User.objects.create_user(username=name, email=f"{name}@example.org", password="correct horse", **fields)


def cast():
    alice, bob, charlie = person("alice"), person("bob"), person("charlie")
    mona = person("mona", is_moderator=True)
    Follow.objects.create(follower=bob, followed=alice)
    return People(alice, bob, charlie, mona, AnonymousUser())
