"""What members write to each other: made fit to be kept and shown, and whom it names."""

import re
import unicodedata

from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from civitai.errors import Refused
from civitai.prose import NAMED

LONGEST = 5000
MOST_MARKS = 4
MOST_NAMED = 5
# They turn the direction of what follows, also of what is not theirs.
DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])


def tidy(text, *, longest=LONGEST, optional=False, field="text"):
    """The text in NFC, with no control letters, no stacks of combining marks, no holes. Raises Refused."""
    text = unicodedata.normalize("NFC", str(text or "").replace("\r\n", "\n").replace("\r", "\n"))
    text = text.translate(DIRECTIONS)
    text = "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    text = re.sub(r"\n{3,}", "\n\n", _thinned(text)).strip()
    if not text and not optional:
        raise Refused(_("Write something first."), field=field, code="empty")
    if len(text) > longest:
        raise Refused(
            _("This is longer than the %(count)s letters that we take here.") % {"count": longest},
            field=field,
            code="too_long",
        )
    return text


def _thinned(text):
    """No letter carries more marks than a script needs."""
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) or unicodedata.category(letter) == "Me" else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def named_in(text, *, by):
    """The members whom `text` names as @name, without its writer. One query, none where no name stands.

    Raises Refused for more than MOST_NAMED names.
    """
    names = {name.rstrip(".-_").lower() for name in NAMED.findall(text)} | {
        name.lower() for name in NAMED.findall(text)
    }
    if len({name.rstrip(".-_") for name in names}) > MOST_NAMED:
        raise Refused(
            _("Name at most %(count)s people in one text.") % {"count": MOST_NAMED}, field="text", code="too_many_names"
        )
    if not names:
        return []
    rows = User.objects.annotate(lower=Lower("username")).filter(lower__in=names, is_active=True)
    return [user for user in rows.order_by("pk") if user.pk != by.pk]
