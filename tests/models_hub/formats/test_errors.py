import string

import pytest
from django.utils.translation import override

from models_hub.formats.errors import SENTENCES, BadFile, refuse, sentence_for, shown


class Anything(dict):
    def __missing__(self, key):
        return 12_345 if key.startswith(("n_", "limit", "count", "ratio", "version")) or key.endswith("_bytes") else "x"


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_can_be_made_from_its_code_and_values(code):
    fields = {field for _text, field, _spec, _conversion in string.Formatter().parse(str(SENTENCES[code])) if field}
    values = {field: Anything()[field] for field in fields}
    with override("en"):
        sentence = str(sentence_for(code, **values))
    assert "{" not in sentence and sentence.endswith((".", "x")) and len(sentence) < 200


def test_sizes_and_counts_are_readable():
    with override("en"):
        assert "16.0\u00a0MB" in str(sentence_for("header_too_large", claimed_bytes=2**62, limit_bytes=16 << 20))
        assert "200,000 entries" in str(sentence_for("zip_too_many", count=200_000, limit=400))


def test_a_refusal_is_for_people_and_programs():
    refused = refuse("duplicate_key", name="w{0}")
    assert isinstance(refused, BadFile) and refused.status == 400
    assert (refused.code, refused.values) == ("duplicate_key", {"name": "w{0}"})
    assert "“w{0}”" in str(refused)


def test_a_code_that_is_no_longer_known_still_has_a_sentence():
    assert str(sentence_for("gone_since")) and str(sentence_for("zip_gone_since", name="x"))


def test_names_from_files_are_shown_short_and_printable():
    assert shown("a\x00\u202eb") == "a··b" and shown("x" * 100) == "x" * 80 + "…"
