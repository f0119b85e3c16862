"""Comments: who may, what becomes of them, and what hostile ones come to."""

import uuid

import pytest
from django.http import Http404

from accounts.domain import blocking
from accounts.models import Notification, User
from civitai.errors import Refused, TooMany
from community import queries
from community.domain import threads
from community.models import Comment, Thread
from gallery.models import Image
from tests.factories import gallery as images
from tests.people import person

pytestmark = pytest.mark.django_db
LABEL = "gallery.Image"


@pytest.fixture
def image(people):
    return images.published(people.alice, title="Moon")


def say(user, image, text="hello", **more):
    return threads.comment(user, LABEL, image.pk, text, **more)


def shown(user, image, **more):
    talk = queries.conversation(user, LABEL, image.pk, **more)
    return [(row.text, row.depth) for root in talk.roots for row in [root, *root.shown_answers]]


def kinds_of(user):
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_a_comment_is_counted_and_its_owner_told(people, image):
    made = say(people.bob, image)
    assert Image.objects.get(pk=image.pk).comments == 1
    row = Notification.objects.get(user=people.alice)
    assert (row.kind, row.by, row.about, row.url) == ("comment", people.bob, "Moon", f"/comments/{made.pk}/")


def test_answers_go_three_steps_deep_and_no_further(people, image):
    parent = None
    for number in range(5):
        parent = say(people.bob, image, f"step {number}", parent_id=parent and parent.pk)
    assert [depth for _text, depth in shown(people.alice, image)] == [0, 1, 2, 2, 2]


def test_everybody_is_told_once_of_one_comment(people, image):
    first = say(people.alice, image, "first")
    say(people.bob, image, "@alice and @charlie, look", parent_id=first.pk)
    assert kinds_of(people.alice) == ["reply"]
    assert kinds_of(people.charlie) == ["mention"]


def test_names_are_linked_where_there_is_somebody(client, people, image):
    say(people.bob, image, "@charlie @nobody-here `@charlie` me@charlie [x @charlie](https://x.example)")
    page = client.get(f"/images/{image.pk}/").content.decode()
    assert page.count('href="/users/charlie/"') == 1
    assert "@nobody-here" in page


def test_badinput_28_markup_in_a_comment_is_inert(client, people, image):
    say(
        people.bob,
        image,
        '<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![p](http://e.example/p.png) <b hx-get="/">',
    )
    page = client.get(f"/images/{image.pk}/").content.decode()
    said = page.split('class="prose comment-text">')[1].split("</div>")[0]
    assert "&lt;script&gt;" in said
    for bad in ("<script", "<img", 'javascript:alert(1)"', "<b "):
        assert bad not in said


def test_badinput_34_ten_thousand_combining_marks_do_not_stack(people, image):
    made = say(people.bob, image, "Z" + "\u0336\u0489" * 5000 + "algo")
    assert made.text.startswith("Z")
    assert made.text.endswith("algo")
    assert len(made.text) <= 10


def test_scripts_that_need_marks_keep_them(people, image):
    for text in ("नमस्ते दुनिया", "tiếng Việt", "עִבְרִית", "ภาษาไทยนี้", "👩‍👩‍👧 ok"):
        assert say(people.bob, image, text).text == __import__("unicodedata").normalize("NFC", text)


def test_directions_are_not_turned_and_nul_is_gone(people, image):
    assert say(people.bob, image, "a\u202eb\x00c\u2066d").text == "abcd"


@pytest.mark.parametrize("text", ["", "   \n ", "\u202e\x00", "x" * 5001])
def test_nothing_and_too_much_are_refused(people, image, text):
    with pytest.raises(Refused):
        say(people.bob, image, text)
    assert not Comment.objects.exists()


def test_the_same_form_sent_twice_is_one_comment(client, people, image):
    client.force_login(people.bob)
    key = str(uuid.uuid4())
    for _time in range(2):
        client.post(f"/threads/{LABEL}/{image.pk}/comments/", {"text": "once", "key": key})
    assert Comment.objects.count() == 1
    assert Image.objects.get(pk=image.pk).comments == 1


def test_a_hidden_one_can_not_be_answered(people, image):
    first = say(people.bob, image, "bad")
    threads.hide(first, by=people.mona, reason="rule")
    for user in (people.charlie, people.bob):
        with pytest.raises(Refused):
            say(user, image, "why", parent_id=first.pk)


def test_an_answer_stays_in_its_thread(people, image):
    other = images.published(people.alice)
    first = say(people.bob, image)
    with pytest.raises(Refused):
        say(people.bob, other, parent_id=first.pk)


def test_whom_the_owner_blocked_says_nothing_there(people, image):
    blocking.block(people.alice, people.charlie)
    with pytest.raises(Refused) as refused:
        say(people.charlie, image)
    assert "does not want" in str(refused.value)
    assert not Comment.objects.exists()


def test_whom_the_answered_one_blocked_does_not_answer(people, image):
    first = say(people.bob, image)
    blocking.block(people.bob, people.charlie)
    with pytest.raises(Refused):
        say(people.charlie, image, parent_id=first.pk)
    assert say(people.charlie, image), "the owner has nothing against it"


def test_comments_of_blocked_people_vanish_for_who_blocked_alone(people, image):
    say(people.charlie, image, "rude")
    blocking.block(people.alice, people.charlie)
    assert shown(User.objects.get(pk=people.alice.pk), image) == []
    assert shown(people.bob, image) == [("rude", 0)]


def test_what_is_not_seen_is_not_commented(people):
    draft = images.draft(people.alice).images.get()
    with pytest.raises(Http404):
        say(people.bob, draft)
    with pytest.raises(Refused):
        threads.comment(people.bob, "auth.Nothing", 1, "x")
    with pytest.raises(Refused):
        threads.comment(people.nobody, LABEL, draft.pk, "x")


def test_removed_leaves_a_line_only_where_it_was_answered(people, image):
    first, second = say(people.bob, image, "one"), say(people.bob, image, "two")
    say(people.charlie, image, "answer", parent_id=first.pk)
    for row in (first, second, second):
        threads.remove(row)
    assert shown(people.alice, image) == [("", 0), ("answer", 1)]
    assert Image.objects.get(pk=image.pk).comments == 1
    assert not Comment.objects.filter(text__in=["one", "two"]).exists()


def test_hidden_and_restored_keep_the_count(people, image):
    first = say(people.bob, image)
    for _time in range(2):
        threads.hide(first, by=people.mona, reason="rule")
    assert Image.objects.get(pk=image.pk).comments == 0
    assert shown(people.alice, image) == []
    assert shown(people.bob, image) == [("hello", 0)], "its writer still sees it"
    for _time in range(2):
        threads.restore(first, by=people.mona)
    assert Image.objects.get(pk=image.pk).comments == 1
    assert threads.recount(Thread.objects.get()) == 1


def test_edited_says_so_and_only_by_its_writer(client, people, image):
    made = say(people.bob, image, "tpyo")
    client.force_login(people.charlie)
    assert client.post(f"/comments/{made.pk}/editing/", {"text": "mine"}).status_code == 403
    assert client.post(f"/comments/{made.pk}/removal/").status_code == 403
    client.force_login(people.bob)
    client.post(f"/comments/{made.pk}/editing/", {"text": "typo"})
    row = Comment.objects.get()
    assert (row.text, row.edited_at is not None) == ("typo", True)


def test_one_is_pinned_by_the_owner_of_the_thing(people, image):
    first, second, third = (say(people.bob, image, word) for word in ("a", "b", "c"))
    with pytest.raises(Refused):
        threads.pin(first, people.bob)
    threads.pin(first, people.alice)
    threads.pin(second, people.alice)
    assert [text for text, _depth in shown(people.bob, image)] == ["b", "c", "a"]
    threads.pin(second, people.alice, on=False)
    assert [text for text, _depth in shown(people.bob, image)] == ["c", "b", "a"]


def test_a_closed_thread_takes_nothing(people, image):
    with pytest.raises(Refused):
        threads.lock(LABEL, image.pk, people.bob)
    threads.lock(LABEL, image.pk, people.alice)
    with pytest.raises(Refused):
        say(people.bob, image)
    threads.lock(LABEL, image.pk, people.alice, on=False)
    assert say(people.bob, image)


def test_too_fast_is_told_so(people, image):
    for number in range(threads.PER_MINUTE):
        say(people.bob, image, f"{number}")
    with pytest.raises(TooMany):
        say(people.bob, image, "one more")


def test_mentions_of_many_are_refused_and_few_are_counted(people, image, monkeypatch):
    names = [person(f"fan{number}").username for number in range(6)]
    with pytest.raises(Refused):
        say(people.bob, image, " ".join(f"@{name}" for name in names))
    monkeypatch.setattr(threads, "NAMES_PER_HOUR", 3)
    for start in range(3):
        say(people.bob, image, " ".join(f"@{name}" for name in names[start * 2 : start * 2 + 2]))
    assert Notification.objects.filter(kind="mention").count() == 2


def test_pages_of_a_thread_hold_everything_once(people, image, monkeypatch):
    monkeypatch.setattr(threads, "PER_MINUTE", 1000)
    rows = [say(people.bob, image, f"{number}") for number in range(7)]
    threads.pin(rows[2], people.alice)
    seen, cursor = [], None
    for _page in range(4):
        talk = queries.conversation(people.charlie, LABEL, image.pk, cursor=cursor, limit=3)
        seen += [root.text for root in talk.roots]
        cursor = talk.next_cursor
        if cursor is None:
            break
    assert seen == ["2", "6", "5", "4", "3", "1", "0"]


def test_the_one_that_a_notice_speaks_of_stands_first_and_whole(client, people, image, monkeypatch):
    monkeypatch.setattr(threads, "PER_MINUTE", 1000)
    first = say(people.bob, image, "old")
    for number in range(queries.ANSWERS + 3):
        last = say(people.bob, image, f"answer {number}", parent_id=first.pk)
    for number in range(4):
        say(people.bob, image, f"new {number}")
    assert len(shown(people.alice, image, limit=3)) == 3
    talk = queries.conversation(people.alice, LABEL, image.pk, focus=last.pk, limit=3)
    assert talk.roots[0].text == "old"
    assert len(talk.roots[0].shown_answers) == queries.ANSWERS + 3
    assert len(talk.roots) == 4
    assert client.get(f"/comments/{last.pk}/").url == f"/images/{image.pk}/?comment={last.pk}#comment-{last.pk}"
    assert client.get(f"/images/{image.pk}/?comment=99999999999999999999").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_a_conversation_is_one_question(people, image, count, django_assert_num_queries):
    for number in range(count):
        root = say(people.bob, image, f"{number}")
        say(people.charlie, image, "answer", parent_id=root.pk)
    with django_assert_num_queries(1):
        talk = queries.conversation(people.alice, LABEL, image.pk)
        assert [root.author.name for root in talk.roots] == ["bob"] * count


def test_htmx_gets_the_thread_and_a_form_the_page(client, people, image):
    client.force_login(people.bob)
    url = f"/threads/{LABEL}/{image.pk}/comments/"
    answer = client.post(url, {"text": "hi"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "hi" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert client.post(url, {"text": "hi2"}).status_code == 302
    refused = client.post(url, {"text": "y" * 5001})
    assert refused.status_code == 422
    assert "y" * 5001 in refused.content.decode()


def test_a_visitor_reads_and_is_asked_to_sign_in(client, people, image):
    say(people.bob, image, "for all")
    page = client.get(f"/images/{image.pk}/").content.decode()
    assert "for all" in page
    answer = client.post(f"/threads/{LABEL}/{image.pk}/comments/", {"text": "x"})
    assert answer.url.startswith("/accounts/login/")
    assert Comment.objects.count() == 1


def test_hearts_of_a_comment_need_its_thing_to_be_seen(client, people, image):
    made = say(people.bob, image)
    client.force_login(people.charlie)
    client.post("/reactions/", {"subject": "community.Comment", "row": made.pk, "on": "1"})
    assert Comment.objects.get().likes == 1
    assert "heart" in kinds_of(people.bob)
    Image.objects.filter(pk=image.pk).update(sort_at=None)
    assert client.post("/reactions/", {"subject": "community.Comment", "row": made.pk, "on": "1"}).status_code == 404


def test_who_is_blocked_gives_no_heart(client, people, image):
    blocking.block(people.alice, people.charlie)
    client.force_login(people.charlie)
    client.post("/reactions/", {"subject": LABEL, "row": image.pk, "on": "1"})
    assert Image.objects.get(pk=image.pk).likes == 0
    assert kinds_of(people.alice) == []


def test_hearts_fold_into_one_notice(client, people, image):
    from community.domain import reacting

    for user in (people.bob, people.charlie):
        reacting.toggle(user, LABEL, image.pk, wanted=True)
    row = Notification.objects.get(user=people.alice)
    assert (row.by, row.others) == (people.charlie, 1)
    client.force_login(people.alice)
    assert "charlie and 1 other like Moon" in client.get("/notifications/").content.decode()


def test_words_sent_after_the_session_ended_are_back_after_signing_in(client, people, image):
    first = say(people.alice, image, "What do you think?")
    address = f"/threads/{LABEL}/{image.pk}/comments/"
    answer = client.post(address, {"text": "Half an hour of thought.", "parent": first.pk})
    page, _, place = image.get_absolute_url(), 0, "%23thread"
    assert answer.status_code == 302 and answer.url == f"/accounts/login/?next={page}{place}"
    client.post("/accounts/login/", {"login": "charlie@example.org", "password": "correct horse"})
    client.force_login(people.charlie)
    shown = client.get(page).content.decode()
    assert ">\nHalf an hour of thought.</textarea>" in shown
    assert f'<input type="hidden" name="parent" value="{first.pk}"' in shown
    other = images.published(people.alice)
    assert "Half an hour" not in client.get(other.get_absolute_url()).content.decode()
    client.post(address, {"text": "Half an hour of thought.", "parent": first.pk})
    assert Comment.objects.get(author=people.charlie).parent == first
    shown = client.get(page).content.decode()
    assert shown.count("Half an hour of thought.") == 1


def test_a_new_comment_has_the_focus_once(client, people, image):
    client.force_login(people.bob)
    address = f"/threads/{LABEL}/{image.pk}/comments/"
    answer = client.post(address, {"text": "first"}, headers={"HX-Request": "true"}).content.decode()
    made = Comment.objects.get()
    assert f'id="comment-{made.pk}" data-depth="0" tabindex="-1" autofocus' in answer
    assert answer.count("autofocus") == 1
    assert "autofocus" not in client.get(image.get_absolute_url()).content.decode().split('id="thread"')[1]
