"""A case about several things may end differently for each of them."""

import pytest
from django.test import Client

from civitai.errors import Refused
from models_hub.models import Model
from moderation.domain import registry
from moderation.domain.cases import appealing, deciding, mailing
from moderation.models import CaseMail
from tests.factories import cases, models_hub
from tests.factories.cases import carried_out, proven

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(people):
    """(case, named, copied, innocent): models of one request."""
    named = cases.prado(people.alice)
    copied = models_hub.published(people.alice, name="Woodcut", stored=models_hub.safetensors(salt="c"))
    innocent = models_hub.published(people.alice, name="Paper", stored=models_hub.safetensors(salt="i"))
    case, _token = proven(named, copied, innocent)
    return case, named, copied, innocent


def decided(world, people):
    case, named, copied, innocent = world
    keys = dict(case.targets.values_list("row", "pk"))
    mona = Client()
    mona.force_login(people.mona)
    told = {"outcome": "renamed", "because": "Each as it is.", f"item-{keys[str(copied.pk)]}": "removed", f"item-{keys[str(innocent.pk)]}": "kept"}  # fmt: skip
    assert "Decide some of them otherwise" in mona.get(f"/moderation/cases/{case.reference}/").content.decode()
    assert mona.post(f"/moderation/cases/{case.reference}/rulings/", told).status_code == 303
    return carried_out(case)


def test_each_thing_has_its_own_outcome_and_the_case_closes_in_part(world, people, commit):
    case, named, copied, innocent = world
    with commit():
        decided(world, people)
    assert (case.state, case.outcome) == ("closed_partial", "partial")
    client = Client()
    found = Model.objects.in_bulk([named.pk, copied.pk, innocent.pk])
    assert "Helena" not in found[named.pk].name and found[named.pk].freeze_level == 0
    assert client.get(copied.get_absolute_url()).status_code == 451
    assert client.get(innocent.get_absolute_url()).status_code == 200 and found[innocent.pk].freeze_level == 0
    sha = [row.versions.get().files.get().hashes.get(kind="SHA256").value for row in (copied, innocent)]
    assert registry.find("sha256", [sha[0]]) and not registry.find("sha256", [sha[1]])
    assert set(case.targets.values_list("outcome", flat=True)) == {"renamed", "removed", "kept"}


def test_letters_and_the_page_say_which_and_not_the_name(world, people, commit):
    case, *_models = world
    with commit():
        decided(world, people)
    letter = CaseMail.objects.filter(case=case, kind="decided", recipient=f"user:{people.alice.pk}").get()
    _subject, text = mailing.written(letter)
    assert "Woodcut: removed" in text and "Paper: kept" in text and "Helena" not in text
    alice = Client()
    alice.force_login(people.alice)
    page = alice.get(f"/cases/{case.reference}/").content.decode()
    assert "Closed: in part" in page and "Helena Prado Linocut" not in page


def test_an_objection_may_be_upheld_or_put_all_of_it_back(world, people, commit):
    case, named, copied, innocent = world
    with commit():
        decided(world, people)
        found = appealing.appeal(case, "claimant", "Paper is mine too.")
    ruben = Client()
    ruben.force_login(cases.moderator("ruben"))
    url = f"/moderation/cases/{case.reference}/"
    assert "Leave it as it was decided" in ruben.get(url).content.decode()
    with commit():
        assert ruben.post(f"{url}resolutions/", {"outcome": "partial", "because": "It is not."}).status_code == 303
    case.refresh_from_db()
    found.refresh_from_db()
    assert (case.state, found.result) == ("closed_partial", "partial")
    second = appealing.appeal(case, "uploader", "None of it is hers.", by=people.alice)
    with commit():
        appealing.resolve(second, by=cases.moderator("nadia"), outcome="kept", because="Right.")
        carried_out(case)
    assert case.state == "closed_kept" and Client().get(copied.get_absolute_url()).status_code == 200
    assert Model.objects.get(pk=named.pk).name == named.name


def test_the_same_for_all_is_not_in_part_and_nonsense_is_refused(world, people):
    case, *_models = world
    keys = [str(pk) for pk in case.targets.values_list("pk", flat=True)]
    with pytest.raises(Refused, match="what shall happen"):
        deciding.decide(case, by=people.mona, outcome="kept", because="x", per_item={keys[0]: "burnt"})
    with pytest.raises(Refused, match="what shall happen"):
        deciding.decide(case, by=people.mona, outcome="partial", because="x")
    deciding.decide(case, by=people.mona, outcome="removed", because="x", per_item=dict.fromkeys(keys, "kept"))
    assert (case.state, case.outcome) == ("closed_kept", "kept")
