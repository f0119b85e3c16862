"""Whom a decision concerns hears of it, on the site and by a letter, and finds the way to object."""

import re

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.utils import timezone

from accounts.models import Notification
from civitai.errors import Refused
from moderation import subjects
from moderation.domain import appealing, deciding, outbox, queueing, reporting, striking, telling
from moderation.models import DecisionLetter, Item
from moderation.states import AppealState, ItemState
from tests.factories import gallery, models_hub
from tests.people import person

pytestmark = pytest.mark.django_db
WHY = {"clause": "2.1", "reason": "Named, no consent."}


@pytest.fixture
def image(people):
    return gallery.published(people.alice, title="Moon")


@pytest.fixture
def nia(db):
    return person("nia", is_moderator=True)


def decided(image, people, action="hide", **more):
    item = reporting.report(people.bob, subjects.named(image), reason="real_person").item
    return deciding.decide(item, people.mona, action=action, **({} if action == "keep" else WHY | more))


def notes_of(user):
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def send():
    """As if the two minutes were over."""
    DecisionLetter.objects.filter(attempts=0).update(created_at=timezone.now() - telling.WAIT)
    return telling.send()


def letters_to(user):
    send()
    return [letter for letter in mail.outbox if letter.to == [user.email]]


def link_in(letter):
    return re.search(r"http\S+(/moderation/letters/\S+/)", letter.body)[1]


class TestWhoIsTold:
    def test_the_person_concerned_reads_what_why_and_how_to_object(self, people, image):
        decision = decided(image, people)
        assert notes_of(people.alice) == ["decision"]
        assert Notification.objects.get(user=people.alice).url == decision.get_absolute_url()
        (letter,) = letters_to(people.alice)
        assert letter.subject == "We decided about “Moon”"
        for said in (
            "shows or names a real person",
            "It is hidden. Nothing of it is deleted.",
            "Rule: 2.1",
            "object until",
        ):
            assert said in letter.body
        for secret in ("mona", "bob", "Named, no consent"):
            assert secret not in letter.body

    def test_reporters_hear_what_came_of_it_and_nothing_of_the_owner(self, client, people, image):
        decision = decided(image, people, strike=True)
        assert notes_of(people.bob) == ["report_decided"]
        (letter,) = letters_to(people.bob)
        assert "It is hidden now." in letter.body and "strike" not in letter.body
        client.force_login(people.bob)
        page = client.get(decision.get_absolute_url()).content.decode()
        assert "It is hidden now." in page and "strike" not in page

    def test_kept_the_reporter_reads_how_to_object_and_the_owner_nothing(self, people, image):
        decided(image, people, "keep")
        assert notes_of(people.alice) == [] and letters_to(people.alice) == []
        assert "stays as it is" in letters_to(people.bob)[0].body and "object until" in mail.outbox[0].body

    def test_what_a_rule_held_and_a_person_let_out_is_told(self, people, image):
        from gallery.domain import hiding

        hiding.hide(image, by=None, reason="held until a moderator has looked")
        deciding.decide(queueing.raise_item(subjects.named(image), queue="policy"), people.mona, action="keep")
        assert notes_of(people.alice) == ["released"]

    def test_in_the_reader_s_language(self, people, image):
        people.alice.choose_language("pt-br")
        decided(image, people)
        (letter,) = letters_to(people.alice)
        assert "pessoa real" in letter.body and "Regra: 2.1" in letter.body and "Olá" in letter.body

    def test_a_level_says_what_it_was_and_is(self, people, image):
        decided(image, people, "level", level=8, clause="3.1")
        assert "X, before PG" in letters_to(people.alice)[0].body

    def test_taken_back_is_told_too(self, people, image):
        decision = decided(image, people)
        letters_to(people.alice)
        deciding.undo(decision, people.mona)
        assert notes_of(people.alice) == ["decision", "decision_undone"]
        assert [letter.subject for letter in letters_to(people.alice)][1] == "The decision about “Moon” was taken back"

    def test_a_slip_that_is_undone_at_once_writes_no_letter(self, people, image):
        decision = decided(image, people)
        assert telling.send() == 0, "the letter waits"
        deciding.undo(decision, people.mona)
        assert send() == 0 and mail.outbox == []

    def test_who_objected_reads_the_answer_once_and_the_reporter_that_it_changed(self, people, image, nia):
        row = appealing.appeal(decided(image, people), people.alice, "It is a doll, not a person.")
        appealing.resolve(row, nia, upheld=True, answer="A doll indeed.")
        assert notes_of(people.alice) == ["decision", "appeal_decided"]
        assert "A doll indeed." in letters_to(people.alice)[-1].body
        assert notes_of(people.bob) == ["report_decided", "decision_undone"]

    def test_twice_is_once_and_a_mail_server_that_is_away_delays_it(self, people, image, monkeypatch):
        decided(image, people)

        def away(*args):
            raise OSError("no mail server")

        with monkeypatch.context() as patch:
            patch.setattr(locmem.EmailBackend, "send_messages", away)
            assert send() == 0
        assert telling.send() == 0, "not at once again"
        DecisionLetter.objects.update(created_at=timezone.now() - telling.WAIT - outbox.FIRST_WAIT * 3)
        assert telling.send() == 2 and telling.send() == 0
        assert len(mail.outbox) == 2

    def test_badinput_38_a_title_adds_no_header(self, people):
        image = gallery.published(people.alice, title="Moon\r\nBcc: all@example.org")
        decided(image, people)
        (letter,) = letters_to(people.alice)
        assert "\n" not in letter.subject and not letter.bcc


class TestTheLinkOfALetter:
    def suspended(self, people, image):
        decision = decided(image, people, "suspend")
        people.alice.refresh_from_db()
        assert not people.alice.is_active
        return decision, link_in(letters_to(people.alice)[0])

    def test_a_suspended_person_reads_and_objects(self, client, people, image):
        decision, link = self.suspended(people, image)
        answer = client.get(link)
        page = answer.content.decode()
        assert "Your account is suspended" in page and f'action="{link}"' in page
        assert f'href="{image.get_absolute_url()}"' not in page, "which answers nobody who is signed out"
        assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]
        assert client.post(link, {"text": "It is a doll, not a person."})["Location"] == link
        assert decision.appeals.get().by == people.alice
        assert "It is a doll" in client.get(link).content.decode()

    def test_it_signs_nobody_in_and_opens_nothing_else(self, client, people, image):
        decision, link = self.suspended(people, image)
        client.get(link)
        assert "_auth_user_id" not in client.session
        assert client.get(decision.get_absolute_url()).status_code == 302

    def test_forged_foreign_and_old_links_are_nothing(self, client, people, image, monkeypatch):
        decision, link = self.suspended(people, image)
        foreign = telling.link_for(decision, people.charlie).partition("//")[2].partition("/")[2]
        for bad in (link[:-3] + "xx/", f"/{foreign}", "/moderation/letters/x/"):
            assert (
                client.get(bad).status_code == 404 and client.post(bad, {"text": "let me in please"}).status_code == 404
            )
        import time

        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 216 * 24 * 3600)
        assert client.get(link).status_code == 404

    def test_signing_in_leads_to_it_and_who_lost_the_letter_gets_it_again(self, client, people, image):
        _decision, link = self.suspended(people, image)
        signed = client.post("/accounts/login/", {"login": "alice", "password": "correct horse"}, follow=True)
        assert "/moderation/letters/" in signed.content.decode()
        mail.outbox.clear()
        answers = [client.post("/moderation/letters/", {"email": who}) for who in ("ALICE@example.org", "nobody@x.org")]
        said = [answer.content.decode().partition("<main")[2].partition("</main")[0] for answer in answers]
        assert said[0] == said[1] and "on its way" in said[0]
        telling.send()
        (letter,) = mail.outbox
        assert letter.to == ["alice@example.org"] and client.get(link_in(letter)).status_code == 200

    def test_an_active_account_s_letters_are_not_sent_again(self, client, people, image):
        decided(image, people)
        letters_to(people.alice)
        mail.outbox.clear()
        client.post("/moderation/letters/", {"email": "alice@example.org"})
        assert telling.send() == 0 and client.post("/moderation/letters/", {"email": "x"}).status_code == 400

    def test_moderators_read_who_decided_and_why(self, client, people, image, nia):
        decision = decided(image, people)
        client.force_login(nia)
        page = client.get(decision.get_absolute_url()).content.decode()
        assert "Named, no consent." in page and "mona" in page

    def test_the_reporter_s_link_is_the_reporter_s(self, client, people, image):
        decided(image, people, "suspend")
        page = client.get(link_in(letters_to(people.bob)[0])).content.decode()
        assert "its account is closed" in page and "Send the objection" not in page


class TestWhereItIsFound:
    def test_the_owner_of_what_is_hidden_is_led_to_the_decision(self, client, people, image):
        decision = decided(image, people)
        client.force_login(people.alice)
        for url in (image.get_absolute_url(), image.post.get_absolute_url()):
            page = client.get(url).content.decode()
            assert decision.get_absolute_url() in page or url != image.get_absolute_url()
        assert decision.get_absolute_url() in client.get(image.get_absolute_url()).content.decode()

    def test_with_its_post_too(self, client, people, image):
        item = reporting.report(people.bob, subjects.named(image.post), reason="spam").item
        decision = deciding.decide(item, people.mona, action="hide", clause="7.1", reason="An advertisement.")
        client.force_login(people.alice)
        for url in (image.get_absolute_url(), image.post.get_absolute_url()):
            assert decision.get_absolute_url() in client.get(url).content.decode()

    def test_a_model_too(self, client, people):
        model = models_hub.published(people.alice)
        item = reporting.report(people.bob, subjects.named(model), reason="spam").item
        decision = deciding.decide(item, people.mona, action="hide", clause="7.1", reason="secret reason")
        client.force_login(people.alice)
        page = client.get(model.get_absolute_url()).content.decode()
        assert decision.get_absolute_url() in page and "is advertising" in page
        assert (
            client.get(f"/moderation/decisions/about/models_hub.Model/{model.pk}/")["Location"]
            == decision.get_absolute_url()
        )
        client.force_login(people.charlie)
        assert (
            client.get(f"/moderation/decisions/about/models_hub.Model/{model.pk}/")["Location"]
            == "/moderation/decisions/"
        )

    def test_all_of_them_stand_in_the_settings(self, client, people, image, nia):
        decision = decided(image, people, strike=True)
        client.force_login(people.alice)
        assert "/moderation/decisions/" in client.get("/settings/").content.decode()
        page = client.get("/moderation/decisions/").content.decode()
        assert decision.get_absolute_url() in page and "1 strike counts" in page
        client.force_login(people.bob)
        page = client.get("/moderation/decisions/").content.decode()
        assert decision.get_absolute_url() in page and "What you reported" in page and "strike" not in page
        client.force_login(people.charlie)
        assert decision.get_absolute_url() not in client.get("/moderation/decisions/").content.decode()

    def test_the_list_costs_the_same_for_one_and_for_ten(self, client, people, django_assert_num_queries):
        decided(gallery.published(people.alice), people)
        client.force_login(people.alice)
        client.get("/moderation/decisions/")
        with django_assert_num_queries(6):
            client.get("/moderation/decisions/")
        for _number in range(9):
            decided(gallery.published(people.alice), people)
        with django_assert_num_queries(6):
            client.get("/moderation/decisions/")


class TestConflicts:
    def test_nobody_undoes_what_is_about_himself(self, client, people, nia):
        image = gallery.published(people.mona)
        item = reporting.report(people.bob, subjects.named(image), reason="spam").item
        decision = deciding.decide(item, nia, action="hide", clause="7.1", reason="An advertisement.")
        with pytest.raises(Refused, match="about you"):
            deciding.undo(decision, people.mona)
        client.force_login(people.mona)
        client.post(f"/moderation/decisions/{decision.pk}/undoing/")
        decision.refresh_from_db()
        assert decision.undone_at is None

    def test_an_open_objection_is_answered_and_not_passed_by(self, people, image, nia):
        decision = decided(image, people)
        row = appealing.appeal(decision, people.alice, "It is a doll, not a person.")
        for one in (people.mona, nia):
            with pytest.raises(Refused, match="objection is decided"):
                deciding.undo(decision, one)
        item = Item.objects.get(queue="appeals")
        with pytest.raises(Refused, match="granted or not"):
            deciding.decide(item, people.mona, action="keep")
        item.refresh_from_db(), row.refresh_from_db()
        assert (item.state, row.state) == (ItemState.OPEN, AppealState.OPEN)

    def test_undone_while_it_was_reported_anew_leaves_one_open_item(self, people, image):
        decision = decided(image, people, "keep")
        reporting.report(people.charlie, subjects.named(image), reason="real_person")
        deciding.undo(decision, people.mona)
        assert Item.objects.filter(state=ItemState.OPEN).count() == 1


class TestMute:
    def muted(self, people):
        for _number in range(2):
            decision = decided(gallery.published(people.alice), people, strike=True)
        return decision

    def test_two_strikes_silence_for_three_days(self, people):
        from community.domain import threads

        theirs = gallery.published(people.charlie)
        threads.comment(people.alice, "gallery.Image", theirs.pk, "I may still speak.")
        decision = self.muted(people)
        assert "can't write comments and reviews for 3 days" in decision.statement
        assert (striking.quiet_until(people.alice) - timezone.now()).days == 2
        with pytest.raises(Refused, match="can't write here until"):
            threads.comment(people.alice, "gallery.Image", theirs.pk, "And now?")
        from models_hub.domain import reviewing

        version = models_hub.published(people.charlie).versions.get()
        with pytest.raises(Refused, match="can't write here until"):
            reviewing.review(people.alice, version, recommends=True, text="Fine.")
        mine = threads.comment(people.bob, "gallery.Image", theirs.pk, "Others speak.")
        assert mine.pk

    def test_it_ends_with_the_days_or_with_the_decision(self, people):
        from community.domain import threads

        theirs = gallery.published(people.charlie)
        decision = self.muted(people)
        deciding.undo(decision, people.mona)
        threads.comment(people.alice, "gallery.Image", theirs.pk, "I am back.")

    def test_what_was_written_before_is_not_reworded_meanwhile(self, people):
        from community.domain import threads

        theirs = gallery.published(people.charlie)
        said = threads.comment(people.alice, "gallery.Image", theirs.pk, "Nice.")
        self.muted(people)
        with pytest.raises(Refused, match="can't write here"):
            threads.edit(said, "Not nice.")
