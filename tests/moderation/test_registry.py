import pytest
from django.db import DatabaseError, IntegrityError, transaction

from civitai.errors import Refused
from moderation.domain import registry
from moderation.models import RegistryEntry

pytestmark = pytest.mark.django_db


def test_hashes_match_exactly_and_names_in_any_spelling(people):
    registry.enter("sha256", "AB" * 32, mode="block", source="case:1", by=people.mona)
    registry.enter("name", "Helena Prado", mode="hold", source="case:1", by=people.mona)
    assert registry.find("sha256", ["ab" * 32]) and not registry.find("sha256", ["cd" * 32])
    assert registry.find("name", ["h3lena-prado style v2"]) and not registry.find("name", ["helen of troy"])
    with pytest.raises(Refused, match="registry"):
        registry.hold_or_refuse("sha256", ["ab" * 32])
    assert registry.hold_or_refuse("name", ["Helena Prado"]) is True
    assert registry.hold_or_refuse("name", ["nobody"]) is False


def test_the_stricter_of_two_sources_is_asked_for_and_each_takes_back_its_own(people):
    registry.enter("name", "Helena Prado", mode="block", source="case:1")
    registry.enter("name", "HELENA PRADO", mode="hold", source="case:2")
    assert registry.verdict("name", ["helena prado"]) == "block"
    assert registry.withdraw("case:1", by=people.mona, because="wrong") == 1
    assert registry.verdict("name", ["helena prado"]) == "hold"


def test_one_source_has_one_entry_of_the_stricter_mode(people):
    for mode in ("hold", "block", "notice"):
        registry.enter("name", "Helena Prado", mode=mode, source="case:1")
    assert RegistryEntry.objects.get().mode == "block"


def test_an_entry_without_a_source_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        RegistryEntry.objects.create(kind="name", value="x", mode="hold", source="")


def test_what_can_not_be_asked_is_held(monkeypatch):
    def broken(*args):
        raise DatabaseError("gone")

    monkeypatch.setattr(registry, "find", broken)
    assert registry.hold_or_refuse("sha256", ["ab" * 32]) is True


def test_one_thing_is_asked_for_by_all_its_hashes(people, django_assert_num_queries):
    registry.enter("sha256", "aa" * 32, mode="hold", source="case")
    registry.enter("pixels", "bb" * 32, mode="block", source="case")
    with django_assert_num_queries(1):
        assert registry.verdict_of({"sha256": "aa" * 32, "pixels": "cc" * 32}) == "hold"
    assert registry.verdict_of({"sha256": "AA" * 32, "pixels": "bb" * 32}) == "block", "the stricter of two"
    assert registry.verdict_of({"sha256": "bb" * 32, "pixels": "aa" * 32}) == "", "each kind is its own"
    assert registry.verdict_of({}) == ""
