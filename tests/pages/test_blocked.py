"""Whom somebody has blocked reaches them by nothing that a member can press; nor does who blocked reach the other."""

import uuid

import pytest

from accounts.domain import blocking, notices
from accounts.models import Follow, Notification
from bounties.models import Benefactor, Entry
from community.domain import threads
from community.models import Comment, Reaction
from tests.factories import bounties
from tests.factories import gallery as images
from tests.factories.wallet import give
from wallet.domain import proof
from wallet.models import Transfer

pytestmark = pytest.mark.django_db


def follow(client, other):
    return client.post(f"/users/{other.username}/follow/", {"on": "1"})


def tip(client, other):
    return client.post(f"/tips/{other.username}/", {"amount": "5", "note": "", "submission": "0" * 32, "about": "/"})


def react(client, other):
    row = images.published(other)
    return client.post("/reactions/", {"subject": "gallery.Image", "row": row.pk, "on": "1"})


def comment(client, other):
    row = images.published(other)
    return client.post(f"/threads/gallery.Image/{row.pk}/comments/", {"text": "Hello", "key": str(uuid.uuid4())})


def answer(client, other):
    """Below a third one's picture, where the owner has nothing against either."""
    row = images.published(other.third)
    first = threads.comment(other, "gallery.Image", row.pk, "First")
    told = {"text": "Hello", "parent": first.pk, "key": str(uuid.uuid4())}
    return client.post(f"/threads/gallery.Image/{row.pk}/comments/", told)


def stake(client, other):
    bounty = bounties.put_up(other, reward=100)
    return client.post(f"/bounties/{bounty.pk}/stakes/", {"amount": "20", "submission": "a" * 32})


def enter(client, other):
    bounty = bounties.put_up(other, reward=100)
    files = {"images": bounties.picture_file(), "files": bounties.model_file()}
    told = {"name": "Mine", "description": "", "submission": "b" * 32, "attested": "1", **files}
    return client.post(f"/bounties/{bounty.pk}/entries/", told)


LEFT = {
    follow: lambda: Follow.objects.filter(follower__username__in=["bob", "charlie"], followed__username="alice"),
    tip: lambda: Transfer.objects.filter(kind="tip"),
    react: lambda: Reaction.objects.all(),
    comment: lambda: Comment.objects.all(),
    answer: lambda: Comment.objects.exclude(parent=None),
    stake: lambda: Benefactor.objects.exclude(user__username="alice"),
    enter: lambda: Entry.objects.all(),
}


@pytest.fixture
def charlie(people, client):
    client.force_login(give(people.charlie, 100))
    people.alice.third = people.bob
    return client


@pytest.mark.parametrize("act", LEFT, ids=lambda act: act.__name__)
def test_without_a_block_it_is_done(charlie, people, act):
    """Else the next test could not fail."""
    act(charlie, people.alice)
    assert LEFT[act]().exists()


@pytest.mark.parametrize("blocks", ["alice", "charlie"])
@pytest.mark.parametrize("act", LEFT, ids=lambda act: act.__name__)
def test_between_two_of_whom_one_blocked_nothing_is_done_and_nobody_told(charlie, people, act, blocks):
    pair = [people.alice, people.charlie]
    blocking.block(*(pair if blocks == "alice" else reversed(pair)))
    Follow.objects.all().delete()
    answer = act(charlie, people.alice)
    assert answer.status_code < 500
    assert not LEFT[act]().exists()
    assert not Notification.objects.filter(user=people.alice).exists() and not proof.prove()


@pytest.mark.parametrize("blocks, told", [(None, 1), ("alice", 0), ("charlie", 0)])
def test_a_name_in_a_comment_tells_nobody_across_a_block(charlie, people, blocks, told):
    """The picture is Bob's: the words stand there, and who blocked hears nothing of them."""
    if blocks:
        pair = [people.alice, people.charlie]
        blocking.block(*(pair if blocks == "alice" else reversed(pair)))
    row = images.published(people.bob)
    told_to = {"text": "look @alice, @Alice!", "key": str(uuid.uuid4())}
    charlie.post(f"/threads/gallery.Image/{row.pk}/comments/", told_to)
    assert Comment.objects.get().text.startswith("look @alice")
    assert Notification.objects.filter(user=people.alice).count() == told
    people.alice.refresh_from_db()
    assert people.alice.unread_notices == told
    assert Notification.objects.filter(user=people.bob, kind="comment").exists(), "its owner is told as ever"


def test_a_name_written_by_changing_a_comment_tells_nobody(charlie, people):
    row = images.published(people.bob)
    said = threads.comment(people.charlie, "gallery.Image", row.pk, "look")
    blocking.block(people.alice, people.charlie)
    threads.edit(said, "look @alice")
    assert not Notification.objects.filter(user=people.alice).exists()


def test_a_follower_of_both_hears_of_none_whom_they_blocked(people):
    """Following ended with the block; a row that was left by an accident tells nothing either."""
    blocking.block(people.alice, people.charlie)
    Follow.objects.create(follower=people.alice, followed=people.charlie)
    notices.tell_followers_now(people.charlie, "follower", url="/", about="", key="x")
    assert not Notification.objects.filter(user=people.alice).exists()
