"""What a licensed style costs: shown before the button, held at asking, paid for finished pictures, given back else."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from civitai.errors import Refused
from civitai.jobs import JobState
from generation import queries
from generation.domain import asking, drawing
from generation.models import Generation, GenerationResult
from models_hub.models import Model, ModelVersion
from moderation.domain.cases import fees, talking
from tests.factories import cases, models_hub
from tests.factories.cases import carried_out, in_talks, proven
from tests.factories.generation import wish
from tests.factories.wallet import give
from wallet.domain import accounts, holding
from wallet.models import Hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(people):
    model = models_hub.published(people.mona, name="Pocket", type="Checkpoint", base_model="Pocket")
    ModelVersion.objects.filter(model=model).update(can_generate=True)
    return model


@pytest.fixture
def licensed(people):
    return licensed_by(people.alice)


def licensed_by(owner, **terms):
    """(case, version) of a model that is licensed by these terms; the claimant is Helena Prado."""
    model = models_hub.published(owner, name="Linocut", base_model="Pocket")
    case, _token = in_talks(model, wish="licensed", units_per_image=400, public_name="Helena Prado")
    offer, side = case.offers.get(), "uploader"
    if {**offer.terms, **terms} != offer.terms:
        offer, side = talking.offer(case, side, {**offer.terms, **terms}), "claimant"
    talking.accept(case, side, offer_id=offer.pk, terms_hash=offer.terms_hash)
    carried_out(case)
    return case, Model.objects.get(pk=model.pk).versions.select_related("model").get()


def version_of(model):
    return model.versions.select_related("model").get()


def quoted(user, base, version):
    return queries.studio(user, base_id=version_of(base).pk, loras=[(version.pk, 1.0)]).quote


def asked(user, base, version, **changes):
    quote = quoted(user, base, version)
    return asking.ask(user, wish(version_of(base), loras=((version, 1.0),), **{"quote": quote, **changes}))


def finish(generation, count):
    from tests.factories.models_hub import picture

    Generation.objects.get(pk=generation.pk).move(JobState.RUNNING, attempt=1, lease_until="2030-01-01T00:00:00Z")
    for index in range(count):
        GenerationResult.objects.create(generation=generation, index=index, picture=picture(generation.owner), seed=1)
    generation.refresh_from_db()


def test_the_fee_is_shown_before_the_button(licensed, base, people):
    _case, version = licensed
    client = Client()
    client.force_login(people.bob)
    page = client.get(f"/create/?version={version.pk}").content.decode()
    fee = page.index("Style fee to the artist")
    assert fee < page.index("data-generate") and "0.40" in page[fee : fee + 900]


def test_a_receipt_leads_to_what_it_paid_for_while_that_is_there(licensed, base, people):
    _case, version = licensed
    give(people.bob, 10)
    client = Client()
    client.force_login(people.bob)
    made = asked(people.bob, base, version, prompt="a linocut of a heron", count=2)
    pages = ("/wallet/", made.hold.transfer.get_absolute_url())
    for page in pages:
        assert made.get_absolute_url() in client.get(page).content.decode()
    assert client.get(made.get_absolute_url()).status_code == 200
    asking.dismiss(made, by=people.bob)
    assert client.get(made.get_absolute_url()).status_code == 404
    for page in pages:
        told = client.get(page).content.decode()
        assert made.get_absolute_url() not in told and "a linocut of a heron" in told, "the words stay"
    assert client.get("/wallet/receipts.csv").status_code == 200


def test_without_the_shown_price_nothing_is_taken(licensed, base, people):
    _case, version = licensed
    give(people.bob, 10)
    for word in ("", "forged"):
        with pytest.raises(Refused, match="price"):
            asked(people.bob, base, version, quote=word)
    assert accounts.of(people.bob).balance == 10_000


def test_held_at_asking_and_paid_for_what_was_finished(licensed, base, people):
    case, version = licensed
    give(people.bob, 10)
    generation = asked(people.bob, base, version, count=4)
    assert accounts.of(people.bob).balance == 10_000 - 1600
    finish(generation, 3)
    generation._end(JobState.FAILED, error="lost")
    assert accounts.of(people.bob).balance == 10_000 - 1200
    assert fees.earned(case) == 840 and accounts.of(people.alice).balance == 240
    assert accounts.house("fees").balance == 120


def test_badinput_64_what_waited_until_its_fee_went_back_is_not_drawn_for_nothing(licensed, base, people):
    case, version = licensed
    give(people.bob, 10)
    generation = asked(people.bob, base, version, count=2)
    holding.expire(now=timezone.now() + fees.HOLD_LIVES)
    drawing.draw(str(generation.pk))
    generation.refresh_from_db()
    assert generation.state == JobState.FAILED and "Ask for it again" in generation.error
    assert not generation.results.exists()
    assert accounts.of(people.bob).balance == 10_000 and fees.earned(case) == 0


def test_what_is_held_lasts_from_the_moment_at_which_it_is_drawn(licensed, base, people):
    _case, version = licensed
    give(people.bob, 10)
    hold = asked(people.bob, base, version).hold
    Hold.objects.filter(pk=hold.pk).update(expires_at=timezone.now())
    assert fees.is_held(hold.pk)
    assert holding.expire(now=timezone.now() + fees.HOLD_LIVES / 2) == 0
    holding.expire(now=timezone.now() + 2 * fees.HOLD_LIVES)
    assert not fees.is_held(hold.pk)


def test_who_has_not_enough_is_told_and_nothing_waits(licensed, base, people):
    _case, version = licensed
    with pytest.raises(Refused, match="enough"):
        asked(people.charlie, base, version)
    assert not Generation.objects.exists()


def test_a_cancelled_one_costs_nothing(licensed, base, people):
    _case, version = licensed
    give(people.bob, 10)
    generation = asked(people.bob, base, version, count=2)
    generation.cancel(by=people.bob)
    generation.cancel(by=people.bob)
    assert accounts.of(people.bob).balance == 10_000


def test_a_freeze_cancels_what_waits_and_hides_what_runs(licensed, base, people):
    _case, version = licensed
    give(people.bob, 10)
    waiting, running = (
        asked(people.bob, base, version, submission="a" * 32),
        asked(people.bob, base, version, submission="b" * 32),
    )
    finish(running, 1)
    other, _token = proven(version.model, email="other@artist.example", address="198.51.100.3")
    waiting.refresh_from_db()
    running.refresh_from_db()
    assert waiting.state == "cancelled" and running.withheld_for == other.reference
    assert not Generation.objects.visible_to(people.bob).filter(pk=running.pk).exists()
    running._end(JobState.CANCELLED)
    assert accounts.of(people.bob).balance == 10_000
    version.model.refresh_from_db()
    with pytest.raises(Refused, match="paused"):
        asking.ask(people.bob, wish(version_of(base), loras=((version, 1.0),)))


def test_a_name_that_was_taken_out_is_not_said_to_what_bore_it(base, people):
    from moderation.domain.cases import deciding

    model = cases.prado(people.alice, base_model="Pocket")
    case, _token = proven(model)
    deciding.decide(case, by=people.mona, outcome="renamed", because="Her name.")
    carried_out(case)
    version = ModelVersion.objects.select_related("model").get(model=model)
    with pytest.raises(Refused, match="name") as refusal:
        asking.ask(people.bob, wish(version_of(base), prompt="a bird by h3lena_prado", loras=((version, 1.0),)))
    assert refusal.value.field == "prompt"


def test_a_prompt_that_asks_for_more_than_the_licence_allows_is_refused_before_it_costs(base, people):
    _case, version = licensed_by(people.alice, rating="pg13")
    give(people.bob, 10)
    with pytest.raises(Refused, match="up to PG-13") as refusal:
        asked(people.bob, base, version, prompt="a nude woman, explicit")
    assert refusal.value.field == "prompt" and accounts.of(people.bob).balance == 10_000
    assert asked(people.bob, base, version, prompt="a bird", negative_prompt="nude")


def test_the_strictest_licence_rules_where_two_styles_are_mixed(base, people):
    give(people.bob, 10)
    _case, first = licensed_by(people.alice, rating="r")
    _case, second = licensed_by(people.charlie, rating="pg")
    loras = ((first, 1.0), (second, 1.0))
    quote = queries.studio(people.bob, base_id=version_of(base).pk, loras=[(v.pk, w) for v, w in loras]).quote
    with pytest.raises(Refused, match="up to PG,"):
        asking.ask(people.bob, wish(version_of(base), loras=loras, quote=quote, prompt="a nude woman"))


def test_a_picture_that_came_out_beyond_the_licence_is_not_shown_and_not_paid(base, people, monkeypatch):
    """Whatever was asked for: what the classifier sees counts."""
    from types import SimpleNamespace

    from PIL import Image as Canvas

    from civitai.jobs import claim
    from generation.domain import drawing, sharing
    from moderation.domain import rating

    case, version = licensed_by(people.alice, rating="pg")
    give(people.bob, 10)
    generation = asked(people.bob, base, version, count=2)
    scores = iter([0.01, 0.7])
    monkeypatch.setattr(rating, "score_of", lambda path: next(scores))
    with claim(Generation, generation.pk) as job:
        for index, tone in enumerate(("red", "blue")):
            drawn = SimpleNamespace(image=Canvas.new("RGB", (64, 64), tone), seed=index, seconds=0.1)
            drawing._keep(job, index, drawn)
    generation.refresh_from_db()
    assert generation.state == "done" and accounts.of(people.bob).balance == 10_000 - 400
    assert fees.earned(case) == 280
    beyond = generation.results.get(is_beyond=True)
    client = Client()
    client.force_login(people.bob)
    page = client.get("/create/").content.decode()
    assert "further than the artist" in page and str(beyond.picture.pk) not in page
    assert client.get(beyond.picture.url()).status_code == 404
    sharing.post(generation, by=people.bob)
    beyond.refresh_from_db()
    assert beyond.image is None


def test_what_goes_further_than_the_licence_is_not_published(licensed, people):
    from gallery.domain import posting
    from tests.factories import gallery

    _case, version = licensed
    image = gallery.published(people.bob, version=version)
    post = image.post
    posting.withdraw(post, people.bob)
    type(image).objects.filter(pk=image.pk).update(level=4)
    with pytest.raises(Refused, match="licensed by its artist"):
        posting.publish(post, people.bob)
    type(image).objects.filter(pk=image.pk).update(level=1)
    assert posting.publish(post, people.bob).state == "published"


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("terms, said, unsaid", [
    ({"attribution": "named"}, "Style by Helena Prado", "not named"),
    ({"rating": "pg13"}, "artist, who is not named", "Helena"),
], ids=["named", "unnamed"])  # fmt: skip
def test_the_artist_is_named_on_the_model_and_on_pictures_as_was_agreed(people, terms, said, unsaid, hidden):
    from gallery.models import Image
    from tests.factories import gallery

    _case, version = licensed_by(people.alice, **terms)
    image = gallery.published(people.bob, version=version, prompt="a bird")
    Image.objects.filter(pk=image.pk).update(hide_recipe=hidden)
    for url in (version.model.get_absolute_url(), image.get_absolute_url()):
        page = Client().get(url).content.decode()
        assert said in page and unsaid not in page, url
    model_page = Client().get(version.model.get_absolute_url()).content.decode()
    assert "0.4 credits" in model_page and "70 %" in model_page


@pytest.mark.parametrize("who", ["owner", "moderator"])
def test_a_rating_raised_later_takes_the_picture_down_and_a_moderator_looks(licensed, people, who):
    from accounts.models import Notification
    from civitai.levels import Level
    from gallery.domain import hiding, posting
    from moderation.models import Item
    from tests.factories import gallery

    _case, version = licensed
    image = gallery.published(people.bob, version=version, title="A study", at=timezone.now())
    older = gallery.published(people.bob, version=version, at="2020-01-01T00:00:00Z")

    def rate(row, level):
        row.refresh_from_db()
        hiding.set_level(row, level, by=people.mona) if who == "moderator" else posting.rate(row, level)

    rate(image, Level.R)
    rate(older, Level.R)
    assert Client().get(image.get_absolute_url()).status_code == 404
    image.refresh_from_db()
    older.refresh_from_db()
    assert image.hidden_reason == hiding.BEYOND and image.hidden_by is None
    assert older.hidden_at is None, "shown before the licence began, it is not under it"
    assert Item.objects.get(subject="gallery.Image", row=str(image.pk)).queue == "policy"
    told = Notification.objects.get(user=people.bob, kind="licence")
    client = Client()
    client.force_login(people.bob)
    assert "licensed for a lower level" in client.get("/notifications/").content.decode() and told.about == "A study"
    # A moderator's word does not reach further than the artist's.
    assert hiding.restore(image, by=people.mona) is False
    rate(image, Level.PG)
    image.refresh_from_db()
    assert image.hidden_at is None and Client().get(image.get_absolute_url()).status_code == 200


def test_an_artist_sees_some_of_what_was_made_and_not_who_made_it(licensed, people):
    from civitai.levels import Level
    from gallery.models import Image
    from moderation.domain.cases import filing
    from tests.factories import gallery

    case, version = licensed
    made = [gallery.published(people.bob, version=version, at=timezone.now()) for _number in range(4)]
    Image.objects.filter(pk__in=[made[0].pk, made[1].pk]).update(made_here=True)
    Image.objects.filter(pk=made[1].pk).update(level=Level.R)
    older = gallery.published(people.bob, version=version, at="2020-01-01T00:00:00Z", made_here=True)
    token = filing.new_link(case)
    page = Client().get(f"/removal/{token}/").content.decode()
    samples = page.split('id="samples"')[1].split("</section>")[0]
    assert [str(image.picture_id) in samples for image in [*made, older]] == [True, False, False, False, False]
    assert not re.search(r"\bbob\b", page.lower()), "a word: a random token may have these letters"
    owner = Client()
    owner.force_login(people.alice)
    assert 'id="samples"' not in owner.get(f"/cases/{case.reference}/").content.decode()


def test_amounts_are_written_as_in_the_language():
    from django.utils import translation

    from moderation.domain.cases import wording
    from moderation.domain.cases.terms import DEFAULTS

    terms = {"outcome": "licensed", **DEFAULTS, "units_per_image": 400}
    with translation.override("pt-br"):
        assert wording.terms_short(terms).startswith("0,4 ")
    assert wording.terms_short(terms).startswith("0.4 ")


class TestReceipts:
    """What was paid, for how many pictures and of which style: to each what concerns him."""

    @pytest.fixture
    def paid(self, licensed, base, people):
        give(people.bob, 10)
        generation = asked(people.bob, base, licensed[1], count=4, prompt="a secret lighthouse")
        finish(generation, 3)
        generation._end(JobState.FAILED, error="lost")
        return generation

    def pages(self, user):
        client = Client()
        client.force_login(user)
        page = client.get("/wallet/").content.decode()
        receipts = [client.get(f"/wallet/receipts/{pk}/") for pk in re.findall(r"/wallet/receipts/(\d+)/", page)]
        assert receipts and all(one.status_code == 200 for one in receipts)
        return page, "".join(one.content.decode() for one in receipts), client

    def test_who_paid_reads_how_many_and_comes_back_to_them(self, paid, people):
        page, receipts, client = self.pages(people.bob)
        for told in (page, receipts):
            assert "4 pictures: a secret lighthouse" in told, "what was set aside"
            assert "3 pictures in the style of “Linocut”" in told, "what was paid"
            assert f'href="/create/?generation={paid.pk}"' in told
        assert client.get(paid.get_absolute_url()).status_code == 200

    def test_who_got_a_part_reads_for_how_many_and_not_what_was_drawn(self, paid, people):
        for told in self.pages(people.alice)[:2]:
            assert "3 pictures in the style of “Linocut”" in told
            assert "lighthouse" not in told and str(paid.pk) not in told and "bob" not in told

    def test_many_receipts_cost_no_more_queries(self, licensed, base, people, django_assert_max_num_queries):
        from wallet import queries as ledger
        from wallet import receipts

        give(people.bob, 100)
        for number in range(6):
            generation = asked(people.bob, base, licensed[1], count=2, submission=f"{number:032x}")
            finish(generation, 2)
            generation._end(JobState.FAILED, error="lost")
        entries = list(ledger.history(people.bob))
        with django_assert_max_num_queries(8):
            told = [line.about for line in receipts.lines(entries, people.bob)]
        assert sum(about.startswith("2 pictures: ") for about in told) == 6
        ends = [generation.hold.outcome for generation in Generation.objects.select_related("hold__outcome")]
        with django_assert_max_num_queries(6):
            said = ledger.abouts(ends, people.bob)
        assert set(said.values()) == {"2 pictures in the style of “Linocut”"} and len(said) == 6
