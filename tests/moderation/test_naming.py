"""A name in all the ways people write it."""

import string

import pytest

from moderation import naming
from moderation.naming import Names, normal

NAMES = Names(["Helena Prado", "ヘレナ・プラド"])


@pytest.mark.parametrize(
    "text",
    [
        "Helena Prado", "HELENA PRADO", "helenaprado", "helena_prado_xl", "Helena-Prado's", "h3lena prad0", "Hélena Prädo", "Неlena Prado", "h.e.l.e.n.a prado",
        "H. Prado", "Prado, Helena", "ｈｅｌｅｎａ ｐｒａｄｏ", "helena\u00adprado", "<lora:helena_prado:0.8>", "styleofhelenaprado", "by ヘレナ・プラド", "HelHelena Pradoena Prado",
    ],
)  # fmt: skip
def test_it_is_found_and_taken_out(text):
    assert NAMES.are_in(text)
    left = NAMES.out_of(f"linocut, {text}, birds")
    assert not NAMES.are_in(left) and left.startswith("linocut") and left.endswith("birds")


@pytest.mark.parametrize("text", ["Helen", "prado", "a helena of prague", "linocut", "", "banana", "Mira Kállai"])
def test_what_only_resembles_it_stays(text):
    assert not NAMES.are_in(text) and NAMES.out_of(text) == text


def test_a_short_name_is_a_word_of_its_own():
    names = Names(["Ana"])
    assert names.are_in("by Ana, 2020") and not names.are_in("banana") and names.out_of("banana") == "banana"


def test_too_short_a_name_would_take_out_everything():
    assert not Names(["a", "x1", " "])


def test_json_stays_json():
    import json

    cleaned = json.loads(NAMES.out_of_value('{"10_helena_prado": {"helena prado": 12, "linocut": 9}}'))
    assert list(cleaned.values())[0]["linocut"] == 9 and not NAMES.are_in(json.dumps(cleaned))


@pytest.mark.parametrize(
    "hostile",
    [
        "helena " * 1200 + "prado " * 1200,
        "helena" * 600 + "prado" * 600,
        "helena prado " * 2000,
        "hel" * 900 + "helena prado" + "ena prado" * 900,
        "hel helena prado " * 500 + "helena prado" + " ena prado" * 500,
    ],
    ids=["apart", "together", "beside", "inside", "one beside each"],
)
def test_nested_a_thousand_deep_it_is_read_a_few_times(hostile, monkeypatch):
    """Each layer taken out by itself would read the text a thousand times."""
    read = []
    monkeypatch.setattr(naming, "squashed", lambda text, real=naming.squashed: read.append(len(text)) or real(text))
    left = NAMES.out_of(hostile)
    assert sum(read) <= 6 * len(hostile)
    assert not NAMES.are_in(left)


def test_one_form_for_all():
    assert normal("Héléna_PRADO") == normal("h3l3na prad0")


WRITTEN = [
    "a bird by Helena Prado, soft light", "h3lena_PRADO", "Helena-Prado", "Неlena Prado", "HÉLÉNA   PRÁDO", "𝐇𝐞𝐥𝐞𝐧𝐚 𝐏𝐫𝐚𝐝𝐨",
    "helena\u200bprado", "H.E.L.E.N.A / P-R-A-D-O", "(helena) [prado]:1.2", "he1ena pr@do", "xxhelenapradoxx", "ｈｅｌｅｎａ ｐｒａｄｏ",
    "prado, helena",
]  # fmt: skip


@pytest.mark.django_db
def test_the_database_reads_the_letters_that_we_read():
    """An index stands on it: what it does not find is never looked at."""
    from django.db import connection

    with connection.cursor() as cursor:
        for text in [*WRITTEN, "Æther Þor Straße Œuvre", "0123456789@$|!", "Ђорђе Ёлка Їжак Ωμέγα"]:
            cursor.execute("SELECT squashed_letters(%s, '')", [text])
            ours = "".join(letter for letter in normal(text) if letter in string.ascii_lowercase + string.digits)
            assert cursor.fetchone()[0] == ours, text


@pytest.mark.django_db
def test_rows_that_say_a_name_are_found_in_every_spelling_by_the_index(people):
    from django.db import connection

    from gallery.models import Post

    said = [Post.objects.create(owner=people.alice, title=text).pk for text in WRITTEN]
    said += [Post.objects.create(owner=people.alice, description="by ヘレナ・プラド").pk]
    Post.objects.create(owner=people.alice, title="Helen and Prada", description="a bird")
    rows = Post.objects.filter(Names(["Helena Prado", "ヘレナ・プラド"]).written_in("title", "description"))
    assert sorted(rows.values_list("pk", flat=True)) == said
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Post.objects.filter(Names(["Helena Prado"]).written_in("title", "description")).explain()
    assert "post_letters" in plan and "Seq Scan" not in plan
