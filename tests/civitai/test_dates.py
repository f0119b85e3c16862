"""Dates are written one way in each language."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

MOMENT = datetime(2026, 11, 28, 19, 34, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "asked", "written"),
    [
        ("en", "DATE_FORMAT", "28 Nov 2026"),
        ("en", "SHORT_DATETIME_FORMAT", "28 Nov 2026, 19:34"),
        ("en", "DATETIME_FORMAT", "28 Nov 2026, 19:34"),
        ("pt-br", "DATE_FORMAT", "28 de novembro de 2026"),
        ("pt-br", "D, j b", "sáb, 28 nov"),
    ],
)
def test_a_date_is_written_as_its_language_does(language, asked, written):
    with translation.override(language):
        assert Template("{{ at|date:asked }}").render(Context({"at": MOMENT, "asked": asked})) == written
