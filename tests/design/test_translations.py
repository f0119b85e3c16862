import re

import polib
import pytest
from django.utils import translation
from django.utils.translation import gettext, ngettext

from civitai.management.commands.translations import in_code, in_template, join, missing_from
from tests.design.reading import BASE, render

ROOM = BASE / "locale/pt_BR/parts/design.po"


def wanted_by_the_look():
    found = {}
    paths = [
        BASE / "templates/base.html",
        *(BASE / "templates/components").glob("*.html"),
        *(BASE / "templates/errors").glob("*.html"),
    ]
    for path in paths:
        for *key, line in in_template(path.read_text()):
            found[tuple(key)] = f"{path.name}:{line}"
    for name in ("templatetags/ui.py", "preferences.py", "failures.py"):
        for *key, line in in_code((BASE / "civitai" / name).read_text()):
            found[tuple(key)] = f"{name}:{line}"
    return found


def test_every_text_of_the_look_speaks_portuguese():
    catalogue = polib.pofile(str(ROOM))
    wanted = wanted_by_the_look()
    assert len(wanted) > 100
    assert missing_from([entry for entry in catalogue if entry.translated()], wanted) == {}


def test_placeholders_survive_translation():
    for entry in polib.pofile(str(ROOM)):
        lawful = [placeholders(text) for text in (entry.msgid, entry.msgid_plural) if text]
        for text in filter(None, [entry.msgstr, *entry.msgstr_plural.values()]):
            assert placeholders(text) in lawful, entry.msgid


def placeholders(text):
    return sorted(re.findall(r"%\(\w+\)s", text))


def test_texts_are_found_in_templates():
    source = """{% load i18n %}{% translate "Plain" %}{% translate 'One' context "unit" %}{% translate variable %}{% include "x" with label=_("Filter") %}
    {% blocktranslate with a=b %}Hello {{ a }}, 5%{% endblocktranslate %}{% blocktranslate count n=n trimmed %}
      {{ n }} row
    {% plural %}{{ n }} rows{% endblocktranslate %}{% comment %}{% translate "Hidden" %}{% endcomment %}{% translate "%(a)s of" %}"""
    assert [(context, text, counts) for context, text, counts, _ in in_template(source)] == [
        (None, "Plain", False), ("unit", "One", False), (None, "Filter", False), (None, "Hello %(a)s, 5%%", False), (None, "%(n)s row", True), (None, "%%(a)s of", False),
    ]  # fmt: skip


def test_texts_are_found_in_code():
    source = 'a = _("One" " and more")\nb = ngettext("%(n)s row", "%(n)s rows", 2)\nc = pgettext("unit", "k")\nd = gettext(variable)\ne = other("no")'
    assert [(context, text, counts) for context, text, counts, _ in in_code(source)] == [
        (None, "One and more", False),
        (None, "%(n)s row", True),
        ("unit", "k", False),
    ]


def test_a_translation_without_its_plural_is_missing():
    known = polib.POEntry(msgid="picture", msgstr="imagem")
    wanted = {(None, "picture", False): "a:1", (None, "picture", True): "b:2"}
    assert missing_from([known], wanted) == {(None, "picture", True): "b:2"}
    known = polib.POEntry(msgid="picture", msgid_plural="pictures", msgstr_plural={0: "imagem", 1: "imagens"})
    assert missing_from([known], wanted) == {}


def test_parts_are_joined_and_a_quarrel_is_told(tmp_path):
    folder = tmp_path / "pt_BR" / "parts"
    folder.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (folder / "a.po").write_text(head + 'msgid "Search"\nmsgstr "Buscar"\n\nmsgid "Open"\nmsgstr ""\n')
    (folder / "b.po").write_text(head + 'msgid "Search"\nmsgstr "Procurar"\n\nmsgid "Close"\nmsgstr "Fechar"\n')
    joined, conflicts = join(folder)
    assert {entry.msgid: entry.msgstr for entry in joined} == {"Search": "Buscar", "Close": "Fechar"}
    assert len(conflicts) == 1 and "Search" in conflicts[0]


@pytest.mark.parametrize(("n", "text"), [(1, "há 1 minuto"), (5, "há 5 minutos")])
def test_the_compiled_catalogue_is_used(n, text):
    with translation.override("pt-br"):
        assert gettext("Skip to content") == "Ir para o conteúdo"
        assert ngettext("%(n)s minute ago", "%(n)s minutes ago", n) % {"n": n} == text


def test_percent_signs_of_templates_come_through():
    with translation.override("pt-br"):
        assert "%(done)s de %(total)s" in render("{% translate '%(done)s of %(total)s' %}")


def test_a_date_in_portuguese_has_no_capital_in_the_middle():
    from datetime import date

    from django.utils import formats, translation

    with translation.override("pt-br"):
        assert formats.date_format(date(2026, 11, 3), "YEAR_MONTH_FORMAT") == "novembro de 2026"
        assert formats.date_format(date(2026, 5, 3)) == "3 de maio de 2026"
