"""What is hidden before a person has looked, how it comes out, and what meets a removal case on the way."""

import pytest

from civitai.errors import Refused
from gallery.models import Image
from moderation import subjects
from moderation.domain import appealing, deciding, log, queueing, reporting
from moderation.domain.cases import freezing
from moderation.models import Decision, Item, ModerationEvent
from tests.factories import cases, gallery
from tests.people import person

pytestmark = pytest.mark.django_db
WHY = {"clause": "2.2", "reason": "An intimate picture."}


@pytest.fixture
def image(people):
    return gallery.published(people.alice, title="Moon")


@pytest.fixture
def nia(db):
    return person("nia", is_moderator=True)


def reported(image, by, reason="intimate", **more):
    return reporting.report(by, subjects.named(image), reason=reason, **more).item


def is_seen(image):
    return Image.objects.in_feed().filter(pk=image.pk).exists()


class TestWhatCanNotWait:
    @pytest.mark.parametrize("reason", ["intimate", "minor"])
    def test_it_is_hidden_with_the_report(self, people, image, reason):
        item = reported(image, people.bob, reason)
        image.picture.refresh_from_db()
        assert not is_seen(image) and image.picture.is_hidden and item.severity == "P0"
        assert ModerationEvent.objects.filter(what="held").exists() and log.broken_at() is None

    def test_a_visitor_s_report_hides_it_too(self, people, image):
        reported(image, None, address="192.0.2.1")
        assert not is_seen(image)

    def test_kept_it_is_seen_again_and_undone_hidden_again(self, people, image):
        decision = deciding.decide(reported(image, people.bob), people.mona, action="keep")
        assert is_seen(image)
        deciding.undo(decision, people.mona)
        assert not is_seen(image)
        deciding.decide(Item.objects.get(), people.mona, action="keep")
        assert is_seen(image)

    def test_other_reports_hide_nothing(self, people, image):
        reported(image, people.bob, "real_person")
        assert is_seen(image)

    def test_badinput_70_who_hides_more_than_a_few_a_day_waits_for_a_person(self, people):
        theirs = [gallery.published(person(f"maker{n}")) for n in range(4)]
        [reported(one, people.bob) for one in theirs]
        assert [is_seen(one) for one in theirs] == [False, False, False, True]

    def test_badinput_70_many_against_one_member_wait_for_a_person(self, people):
        hers = [gallery.published(people.alice) for _n in range(4)]
        [reported(one, person(f"ring{n}")) for n, one in enumerate(hers)]
        assert [is_seen(one) for one in hers] == [False, False, False, True]

    def test_a_member_is_not_shut_out_by_a_report(self, people):
        reporting.report(people.bob, subjects.named(people.alice), reason="minor")
        people.alice.refresh_from_db()
        assert people.alice.is_active


class TestAChild:
    """Reported in the ordinary form: hidden at once, kept, and a picture for nobody but an administrator."""

    def reported(self, client, image, by=None):
        if by:
            client.force_login(by)
        answer = client.post(f"/report/gallery.Image/{image.pk}/", {"reason": "minor", "text": ""})
        assert answer.status_code == 302
        image.refresh_from_db()

    @pytest.mark.parametrize("who", ["bob", "nobody"])
    def test_it_is_nobodys_at_once(self, client, people, image, who):
        from community.models import Picture

        self.reported(client, image, people.bob if who == "bob" else None)
        assert not is_seen(image)
        administrator = person("root1", is_moderator=True, is_staff=True, is_superuser=True)
        for viewer in (people.alice, people.bob, people.mona, people.nobody):
            assert not Picture.objects.bytes_for(viewer).filter(pk=image.picture_id).exists(), viewer
        assert Picture.objects.bytes_for(administrator).filter(pk=image.picture_id).exists()

    def test_a_post_takes_its_images_with_it(self, people, image):
        from community.models import Picture

        reporting.report(people.bob, subjects.named(image.post), reason="minor")
        assert not Picture.objects.bytes_for(people.alice).filter(pk=image.picture_id).exists()
        assert not Picture.objects.bytes_for(people.mona).filter(pk=image.picture_id).exists()

    def test_its_owner_destroys_no_evidence(self, people, image):
        from gallery.domain import posting

        item = reported(image, people.bob, "minor")
        posting.remove(image.post, people.alice)
        image.picture.refresh_from_db()
        assert image.picture.state == "ready", "its bytes are not swept"
        decision = deciding.decide(item, people.mona, action="hide", clause="2.3", reason="As reported.")
        assert decision.owner == people.alice and decision.statement

    def test_what_nobody_doubts_is_still_removed_with_its_bytes(self, people, image):
        from gallery.domain import posting

        posting.remove(image.post, people.alice)
        image.picture.refresh_from_db()
        assert image.picture.state == "refused"

    def test_the_bench_shows_no_picture_of_it(self, client, people, image):
        self.reported(client, image, people.bob)
        client.force_login(people.mona)
        page = client.get("/moderation/?queue=minors").content.decode()
        assert "Moon" in page and str(image.picture_id) not in page and "data-reveal" not in page
        assert "An administrator alone sees its picture" in page
        client.force_login(person("root1", is_moderator=True, is_staff=True, is_superuser=True))
        assert str(image.picture_id) in client.get("/moderation/?queue=minors").content.decode()

    def test_hidden_by_that_rule_it_stays_in_quarantine_and_undone_it_is_as_before(self, people, image):
        from community.models import Picture

        decision = deciding.decide(
            reported(image, people.bob, "spam"), people.mona, action="hide", clause="2.3", reason="A child."
        )
        assert not Picture.objects.bytes_for(people.alice).filter(pk=image.picture_id).exists()
        deciding.undo(decision, people.mona)
        assert is_seen(image) and Picture.objects.bytes_for(people.alice).filter(pk=image.picture_id).exists()

    def test_kept_it_is_seen_again(self, people, image, nia):
        deciding.decide(reported(image, people.bob, "minor"), people.mona, action="keep", second=nia)
        assert is_seen(image)

    def test_badinput_70_who_was_wrong_before_hides_nothing(self, people, image, nia):
        for n in range(2):
            other = gallery.published(person(f"maker{n}"))
            deciding.decide(reported(other, people.bob, "minor"), people.mona, action="keep", second=nia)
        item = reported(image, people.bob, "minor")
        assert is_seen(image) and item.severity == "P0", "somebody looks, and soon"


class TestAccounts:
    def test_an_account_is_suspended_never_hidden_past_the_guard_of_moderators(self, client, people, nia):
        for who in (people.alice, nia):
            item = queueing.raise_item(subjects.named(who), queue="reports", because="Spam")
            with pytest.raises(Refused, match="suspended, not hidden"):
                deciding.decide(item, people.mona, action="hide", **WHY)
        with pytest.raises(Refused, match="moderator's account"):
            deciding.decide(item, people.mona, action="suspend", **WHY)
        assert type(nia).objects.get(pk=nia.pk).is_active and type(nia).objects.get(pk=people.alice.pk).is_active
        client.force_login(people.mona)
        page = client.get(f"/moderation/?queue=reports&item={item.pk}").content.decode()
        assert 'value="suspend"' in page and 'value="hide"' not in page


class TestHeldThenDecided:
    def test_granted_on_appeal_it_is_seen(self, people, image, nia):
        decision = deciding.decide(reported(image, people.bob), people.mona, action="hide", **WHY)
        row = appealing.appeal(decision, people.alice, "It is a statue, in a museum.")
        appealing.resolve(row, nia, upheld=True, answer="A statue indeed.")
        assert is_seen(image), "granted means seen, not held again"

    def test_undone_it_is_held_again(self, people, image):
        decision = deciding.decide(reported(image, people.bob), people.mona, action="hide", **WHY)
        image.refresh_from_db()
        assert image.hidden_by == people.mona
        deciding.undo(decision, people.mona)
        image.refresh_from_db()
        assert image.is_hidden and image.hidden_by is None and image.hidden_reason == queueing.REPORTED

    def test_a_level_is_an_answer_too(self, people, image):
        from gallery.domain import hiding

        hiding.hide(image, by=None, reason=queueing.HELD)
        item = queueing.raise_item(subjects.named(image), queue="ratings", source="rule")
        decision = deciding.decide(item, people.mona, action="level", level=4, clause="3.1", reason="Bare.")
        image.refresh_from_db()
        assert is_seen(image) and image.level == 4
        deciding.undo(decision, people.mona)
        image.refresh_from_db()
        assert not is_seen(image) and image.level == 1


class TestBesideARemovalCase:
    def test_undoing_lets_nothing_out_that_a_case_holds(self, people, image):
        decision = deciding.decide(reported(image, people.bob, "spam"), people.mona, action="hide", **WHY)
        case, _token = cases.filed(image, ticked=("intimate",), wish="removed", names=())
        assert freezing.effective("gallery.Image", image.pk) == 3
        deciding.undo(decision, people.mona)
        assert not is_seen(image)
        freezing.freeze_all(case, 0, reason="withdrawn")
        assert is_seen(image)

    def test_the_end_of_a_case_lets_nothing_out_that_a_moderator_hid(self, people, image):
        case, _token = cases.filed(image, ticked=("intimate",), wish="removed", names=())
        decision = deciding.decide(reported(image, people.bob, "spam"), people.mona, action="hide", **WHY)
        freezing.freeze_all(case, 0, reason="withdrawn")
        assert not is_seen(image)
        deciding.undo(decision, people.mona)
        assert is_seen(image), "nothing holds it any more"

    def test_what_a_post_hid_is_decided_for_itself(self, people, image):
        post = deciding.decide(reported(image.post, people.bob, "spam"), people.mona, action="hide", **WHY)
        deciding.decide(reported_hidden(image), people.mona, action="hide", **WHY)
        deciding.undo(post, people.mona)
        assert not is_seen(image)


def reported_hidden(image):
    return queueing.raise_item(subjects.named(image), queue="reports", because="Spam", source="notice")


class TestAgain:
    def test_who_was_told_that_it_stays_objects_and_does_not_report_again(self, people, image):
        decision = deciding.decide(reported(image, people.bob, "spam"), people.mona, action="keep")
        with pytest.raises(Refused, match="it stays"):
            reported(image, people.bob, "spam")
        assert reported(image, people.bob, "stolen"), "another matter is"
        assert reported(image, people.charlie, "spam"), "and another person"
        deciding.undo(decision, people.mona)
        assert Decision.objects.count() == 1
