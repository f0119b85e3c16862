"""Whoever follows somebody is told of what they post, in a worker, once a day."""

import pytest

from accounts.models import Notification, User
from accounts.tasks import tell_followers
from civitai import adapters
from gallery.models import Post
from tests.factories import gallery

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    calls = []
    monkeypatch.setattr("accounts.domain.notices.enqueue", lambda *args, **kwargs: calls.append((args, kwargs)))
    return calls


def deliver(sent):
    for (_task, *args), kwargs in sent:
        kwargs = {key: value for key, value in kwargs.items() if key != "queue"}
        for _time in range(2):
            tell_followers.plain(*args, **kwargs)
    sent.clear()


def test_posts_of_a_day_fold_into_one(people, sent):
    for title in ("Sea", "Sky", ""):
        post = gallery.published(people.alice, title=title).post
        adapters.tell("post_published", post=post)
    deliver(sent)
    row = Notification.objects.get(user=people.bob, kind="post")
    assert (row.by, row.about, row.others) == (people.alice, "new pictures", 2)
    assert User.objects.get(pk=people.bob.pk).unread_notices == 1
    assert not Notification.objects.filter(user=people.charlie).exists()


def test_publishing_tells_and_publishing_again_does_not(people, sent, monkeypatch):
    from gallery.domain import posting

    post = gallery.draft(people.alice, title="Sea")
    posting.publish(post, people.alice)
    assert len(sent) == 1
    posting.withdraw(Post.objects.get(pk=post.pk), people.alice)
    posting.publish(Post.objects.get(pk=post.pk), people.alice)
    assert len(sent) == 1
