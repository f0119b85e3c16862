"""Reviews: one by a member for a version, counted where everybody reads the counts."""

import pytest
from django.utils import timezone

from accounts.domain import blocking
from accounts.models import Notification, User
from civitai.errors import Refused, TooMany
from models_hub import reviews
from models_hub.domain import reviewing
from models_hub.models import Download, Model, ModelVersion, Review
from tests.factories import models_hub as make
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(people):
    return make.published(people.alice, name="Papercut").versions.select_related("model").get()


def thumbs(version):
    row = ModelVersion.objects.select_related("model").get(pk=version.pk)
    return (row.thumbs_up, row.thumbs_down, row.model.thumbs_up, row.model.thumbs_down)


def test_one_by_a_member_for_a_version_and_counted(people, version):
    reviewing.review(people.bob, version, recommends=True, text="Good **depth**")
    reviewing.review(people.charlie, version, recommends=False)
    assert thumbs(version) == (1, 1, 1, 1)
    row = reviewing.review(people.bob, version, recommends=False, text="On second thought")
    assert thumbs(version) == (0, 2, 0, 2)
    assert Review.objects.count() == 2
    assert row.edited_at is not None


def test_versions_count_apart_and_the_model_all(people, version):
    second = make.another_version(version.model)
    reviewing.review(people.bob, version, recommends=True)
    reviewing.review(people.bob, second, recommends=False)
    assert thumbs(version) == (1, 0, 1, 1)
    assert thumbs(second) == (0, 1, 1, 1)


def test_removed_is_not_counted_and_can_be_written_again(people, version):
    row = reviewing.review(people.bob, version, recommends=True, text="words")
    for _time in range(2):
        reviewing.remove(row)
    assert thumbs(version) == (0, 0, 0, 0)
    assert Review.objects.get().text == ""
    reviewing.review(people.bob, version, recommends=True)
    assert thumbs(version) == (1, 0, 1, 0)


def test_hidden_is_not_counted_and_not_written_over(people, version):
    row = reviewing.review(people.bob, version, recommends=True)
    reviewing.hide(row, by=people.mona, reason="rule")
    assert thumbs(version) == (0, 0, 0, 0)
    with pytest.raises(Refused):
        reviewing.review(people.bob, version, recommends=True)
    reviewing.restore(row, by=people.mona)
    assert thumbs(version) == (1, 0, 1, 0)


def test_nobody_reviews_their_own_model_or_a_draft(people, version):
    with pytest.raises(Refused):
        reviewing.review(people.alice, version, recommends=True)
    draft = make.draft(people.alice).versions.get()
    with pytest.raises(Refused):
        reviewing.review(people.bob, draft, recommends=True)


def test_whom_the_owner_blocked_does_not_review(people, version):
    blocking.block(people.alice, people.charlie)
    with pytest.raises(Refused):
        reviewing.review(people.charlie, version, recommends=False)


def test_a_review_by_somebody_blocked_is_not_listed_to_who_blocked(people, version):
    reviewing.review(people.charlie, version, recommends=False)
    blocking.block(people.alice, people.charlie)
    assert reviews.shown(version.model, User.objects.get(pk=people.alice.pk)) == []
    assert len(reviews.shown(version.model, people.bob)) == 1


def test_who_had_the_file_is_marked(people, version):
    file = version.files.get()
    Download.objects.create(file=file, user=people.bob, who="x", day=timezone.localdate())
    assert reviewing.review(people.bob, version, recommends=True).has_downloaded
    assert not reviewing.review(people.charlie, version, recommends=True).has_downloaded


def test_the_owner_is_told_once(people, version):
    for text in ("one", "two"):
        reviewing.review(people.bob, version, recommends=True, text=text)
    row = Notification.objects.get(user=people.alice)
    assert (row.kind, row.about, row.by) == ("review", "Papercut", people.bob)


def test_too_many_in_an_hour(people, version, monkeypatch):
    monkeypatch.setattr(reviewing, "PER_HOUR", 1)
    reviewing.review(people.bob, version, recommends=True)
    with pytest.raises(TooMany):
        reviewing.review(people.bob, version, recommends=True)


def test_from_the_form_to_the_page_and_away_again(client, people, version):
    client.force_login(people.bob)
    answer = client.post(f"/versions/{version.pk}/review/", {"recommends": "yes", "text": "Sky <script>bands</script>"})
    assert answer.url.endswith("#reviews")
    page = client.get(version.model.get_absolute_url()).content.decode()
    assert "Sky &lt;script&gt;bands" in page
    assert "Edit yours" in page
    assert "100%" in page
    row = Review.objects.get()
    client.force_login(people.charlie)
    assert client.post(f"/reviews/{row.pk}/removal/").status_code == 403
    client.force_login(people.bob)
    client.post(f"/reviews/{row.pk}/removal/")
    assert "Sky" not in client.get(version.model.get_absolute_url()).content.decode()


def test_refused_keeps_what_was_typed(client, people, version):
    client.force_login(people.bob)
    answer = client.post(f"/versions/{version.pk}/review/", {"recommends": "yes", "text": "k" * 5001})
    assert answer.status_code == 422
    assert "k" * 5001 in answer.content.decode()
    assert client.post(f"/versions/{version.pk}/review/", {"text": "no choice"}).status_code == 422


def test_a_review_is_answered_in_its_thread(client, people, version):
    row = reviewing.review(people.bob, version, recommends=True, text="Good")
    client.force_login(people.alice)
    client.post(f"/threads/models_hub.Review/{row.pk}/comments/", {"text": "Thank you"})
    assert "Thank you" in client.get(f"/reviews/{row.pk}/").content.decode()
    assert "1 answer" in client.get(version.model.get_absolute_url()).content.decode()
    assert Notification.objects.filter(user=people.bob, kind="comment").exists()


def test_reviews_of_what_is_not_seen_are_not_seen(client, people, version):
    row = reviewing.review(people.bob, version, recommends=True)
    Model.objects.filter(pk=version.model_id).update(hidden_at=timezone.now())
    client.force_login(people.charlie)
    assert client.get(f"/reviews/{row.pk}/").status_code == 404
    assert client.get(f"/models/{version.model_id}/reviews/").status_code == 404
    assert client.get(f"/versions/{version.pk}/review/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_a_fixed_number_of_questions(client, people, version, count, django_assert_num_queries):
    for number in range(count):
        reviewing.review(person(f"fan{number}"), version, recommends=number % 2 == 0, text="x")
    with django_assert_num_queries(2):
        client.get(f"/models/{version.model_id}/reviews/")
    assert "fan0" in client.get(f"/models/{version.model_id}/reviews/?show=up").content.decode()
    assert "fan0" not in client.get(f"/models/{version.model_id}/reviews/?show=down").content.decode()
