"""The same form and the same heart from many connections at the same moment: one row, right counters."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.domain import notices
from accounts.models import Notification, User
from community.domain import collecting, reacting, threads
from community.models import Collection, Comment, Thread
from gallery.models import Image
from tests.factories import gallery
from tests.people import cast

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8
LABEL = "gallery.Image"


def at_once(act, each):
    def run(one):
        try:
            return act(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, each))


def test_one_form_sent_eight_times_at_once_is_one_comment():
    people = cast()
    image = gallery.published(people.alice, title="Moon")
    key = uuid.uuid4()
    made = at_once(lambda _n: threads.comment(people.bob, LABEL, image.pk, "once", key=key).pk, range(AT_ONCE))
    assert len(set(made)) == 1
    assert (Comment.objects.count(), Thread.objects.get().comments) == (1, 1)
    assert Image.objects.get(pk=image.pk).comments == 1
    assert User.objects.get(pk=people.alice.pk).unread_notices == 1


def test_answers_at_once_each_have_their_place():
    people = cast()
    image = gallery.published(people.alice)
    root = threads.comment(people.bob, LABEL, image.pk, "root")
    at_once(lambda n: threads.comment(people.charlie, LABEL, image.pk, f"{n}", parent_id=root.pk), range(AT_ONCE))
    assert sorted(Comment.objects.exclude(pk=root.pk).values_list("place", flat=True)) == list(range(1, AT_ONCE + 1))
    assert Comment.objects.get(pk=root.pk).said == AT_ONCE


def test_hearts_at_once_fold_into_one_notice():
    people = cast()
    image = gallery.published(people.alice)
    fans = [people.bob, people.charlie, people.mona]
    at_once(lambda fan: reacting.toggle(fan, LABEL, image.pk, wanted=True), fans)
    assert Image.objects.get(pk=image.pk).likes == 3
    assert Notification.objects.filter(user=people.alice, kind="heart").count() == 1
    assert User.objects.get(pk=people.alice.pk).unread_notices == 1


def test_notices_and_readings_at_once_leave_the_bell_right():
    people = cast()
    for number in range(AT_ONCE):
        notices.notify([people.alice], "follower", by=people.bob, key=f"k{number}")
    rows = list(Notification.objects.values_list("pk", flat=True))
    at_once(lambda pk: notices.read(people.alice, pk=pk), [*rows, *rows])
    assert User.objects.get(pk=people.alice.pk).unread_notices == 0


def test_the_bookmark_pressed_at_once_saves_once():
    people = cast()
    image = gallery.published(people.alice)
    at_once(lambda _n: collecting.keep(people.bob, LABEL, image.pk), range(AT_ONCE))
    assert Collection.objects.get(owner=people.bob).items == 1
