import pytest

from civitai.errors import Refused
from community.domain import tagging
from community.models import Tag

pytestmark = pytest.mark.django_db


def names(*given):
    return [tag.name for tag in tagging.named(given)]


def test_one_form_for_one_tag():
    assert names("#Paper  Cut", "paper cut", "ＰＡＰＥＲ cut", " _night_ ", "", "  ", "a,b", "x\x00y\u200b") == [
        "paper cut",
        "night",
        "a b",
        "xy",
    ]


def test_tags_are_made_once():
    names("moon", "sea")
    assert names("sea", "moon") == ["sea", "moon"]
    assert Tag.objects.count() == 2


def test_too_many_and_too_long_are_refused_whole():
    with pytest.raises(Refused, match="20"):
        names(*(f"tag {number}" for number in range(21)))
    with pytest.raises(Refused, match="longer"):
        names("fine", "x" * 61)
    assert names("x" * 60) == ["x" * 60]
    assert Tag.objects.count() == 1


def test_a_line_is_split_at_commas():
    assert tagging.split("moon, sea ,, \nnight") == ["moon", " sea ", "night"]
