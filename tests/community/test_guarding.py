"""Words that the policy doubts wait for a moderator; what is said can be reported and hidden."""

import pytest

from accounts.models import Notification
from civitai.errors import Refused
from community import queries
from community.domain import collecting, guarding, threads
from community.models import Comment, Shown
from gallery.models import Image
from moderation import subjects
from moderation.models import Item
from moderation.policy.people import Verdict
from tests.factories import gallery

pytestmark = pytest.mark.django_db
LABEL = "gallery.Image"


@pytest.fixture
def image(people):
    return gallery.published(people.alice)


@pytest.fixture
def doubted(monkeypatch):
    verdict = Verdict("hold", "2.1", "Somebody looks at it first.", "word")
    monkeypatch.setattr(guarding, "judge", lambda text, by, field="text": verdict if "doubt" in text else Verdict())


def test_held_until_somebody_has_looked(people, image, doubted):
    made = threads.comment(people.bob, LABEL, image.pk, "a doubtful thing")
    assert queries.conversation(people.charlie, LABEL, image.pk).roots == []
    assert [root.pk for root in queries.conversation(people.bob, LABEL, image.pk).roots] == [made.pk]
    assert Item.objects.get().subject == "community.Comment"
    assert not Notification.objects.filter(user=people.alice).exists()
    assert Image.objects.get(pk=image.pk).comments == 0
    threads.restore(Comment.objects.get(), by=people.mona)
    assert Image.objects.get(pk=image.pk).comments == 1


def test_an_edit_is_judged_again(people, image, doubted):
    made = threads.comment(people.bob, LABEL, image.pk, "fine")
    threads.edit(made, "doubt")
    assert Comment.objects.get().is_hidden


def test_a_doubted_name_stays_with_its_owner(people, doubted):
    assert collecting.begin(people.bob, name="doubt", shown=Shown.PUBLIC).shown == Shown.PRIVATE


def test_what_the_policy_never_takes_is_refused(people, image):
    with pytest.raises(Refused):
        threads.comment(people.bob, LABEL, image.pk, "a nude schoolgirl")
    assert not Comment.objects.exists()


def test_comments_reviews_and_collections_are_described_to_moderators(people, image):
    made = threads.comment(people.bob, LABEL, image.pk, "say <b>so</b>")
    kept = collecting.begin(people.bob, name="Moons")
    found = subjects.describe([("community.Comment", made.pk), ("community.Collection", kept.pk), ("community.Comment", "x")])  # fmt: skip
    said = found["community.Comment", str(made.pk)]
    assert (said.owner, said.text, said.url) == (people.bob, "say <b>so</b>", f"/comments/{made.pk}/")
    assert found["community.Collection", str(kept.pk)].title == "Moons"
    assert subjects.is_known("models_hub.Review")


def test_a_moderator_hides_through_the_registry_and_the_count_follows(people, image):
    made = threads.comment(people.bob, LABEL, image.pk, "rude")
    kind = subjects.kind_of("community.Comment")
    kind.hide(kind.row(made.pk), by=people.mona, reason="rule")
    assert Image.objects.get(pk=image.pk).comments == 0
    kind.restore(kind.row(made.pk), by=people.mona)
    assert Image.objects.get(pk=image.pk).comments == 1
