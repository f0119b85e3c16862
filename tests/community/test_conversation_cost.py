"""What a page of a long thread reads, first page and late one alike."""

import json
import uuid

import pytest
from django.db import connection

from community import queries
from community.models import Comment, Thread
from tests.factories import gallery

pytestmark = pytest.mark.django_db
ROOTS, ANSWERS = 4000, 3
MOST_BUFFERS = 400


@pytest.fixture
def long_thread(people):
    image = gallery.published(people.alice)
    threads = [Thread.objects.create(subject="gallery.Image", row=image.pk + number) for number in range(3)]
    for thread in threads:
        roots = Comment.objects.bulk_create(
            [Comment(thread=thread, author=people.bob, text="root", key=uuid.uuid4()) for _number in range(ROOTS)]
        )
        for root in roots:
            root.root_id, root.said = root.pk, ANSWERS
        Comment.objects.bulk_update(roots, ["root_id", "said"], batch_size=2000)
        Comment.objects.bulk_create(
            [
                Comment(
                    thread=thread, author=people.bob, text="answer", key=uuid.uuid4(), parent=root, root=root, depth=1,
                    place=place,
                )
                for root in roots
                for place in range(1, ANSWERS + 1)
            ]
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE community_comment, community_thread")
    return image


def buffers(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        (answer,) = cursor.fetchone()
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def cost(people, image, cursor, **more):
    from django.db.backends.utils import CursorWrapper

    asked = []
    execute = CursorWrapper.execute

    def noted(self, sql, params=None):
        asked.append((sql, params))
        return execute(self, sql, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", noted)
        talk = queries.conversation(people.charlie, "gallery.Image", image.pk, cursor=cursor, **more)
    return talk, sum(buffers(*one) for one in asked)


def test_a_page_of_a_long_thread_reads_its_own_rows(people, long_thread):
    talk, first = cost(people, long_thread, None)
    assert len(talk.roots) == queries.PAGE
    late = queries.paging.encode([False, talk.roots[-1].pk - ROOTS // 2])
    talk, later = cost(people, long_thread, late)
    assert len(talk.roots) == queries.PAGE
    old = Comment.objects.filter(thread__row=long_thread.pk, parent=None).order_by("pk").first()
    talk, focused = cost(people, long_thread, None, focus=old.pk)
    assert talk.roots[0].pk == old.pk
    print("buffers", first, later, focused)
    assert max(first, later, focused) < MOST_BUFFERS
