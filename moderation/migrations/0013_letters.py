"""What is left of two texts when names are looked for in them, as moderation.naming reads letters. Indexes stand on it: a
change of what is read as what is a new function, and new indexes.
"""

from django.db import migrations

FROM = "4@AΑαАа8BΒβВвCСсDĐđ3EΕεЕеF9GHĦħНн!1ILl|ıŁłΙιІіJЈјKΚκКкMМмNΗη0OØøΟοОоPΡρРрQR$5SЅѕ7TΤτТтUΥυVΝνWXΧχХхYУуZ"
TO = "aaaaaaabbbbbbcccdddeeeeeefgghhhhhiiiiiiiiiiiiijjjkkkkkmmmnnnoooooooopppppqrsssssttttttuuuvvvwxxxxxyyyz"
FUNCTION = """
CREATE FUNCTION squashed_letters(text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(translate(
    replace(replace(replace(replace(replace(replace(replace(replace(normalize($1 || ' ' || $2, NFKD), 'Æ', 'ae'), 'Þ', 'th'), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'Œ', 'oe'), 'œ', 'oe'), 'ẞ', 'ss'),
    '%s', '%s'), '[^a-z0-9]+', '', 'g')
""" % (FROM, TO)


class Migration(migrations.Migration):
    dependencies = [("moderation", "0012_quarantine")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION squashed_letters(text, text)")]
