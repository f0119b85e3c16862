"""Tags: short lower-case words that all content shares."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from community.models import Tag

LONGEST = 60
MOST = 20


def normal(name):
    """One form for one tag: compatible letters folded, lower case, single spaces, no #, commas or control letters."""
    text = unicodedata.normalize("NFKC", str(name)).casefold().replace(",", " ")
    text = "".join(letter for letter in text if letter.isprintable())
    return re.sub(r"\s+", " ", text).strip(" #_-")


def split(text):
    """The names in a comma-separated line, as a field of a form holds them."""
    return [name for name in re.split(r"[,\n]", str(text or "")) if name.strip()]


def named(names):
    """[Tag] for names, each once, in order; new ones are made. Raises Refused for too many or a too long one."""
    wanted = list(dict.fromkeys(filter(None, map(normal, names))))
    if len(wanted) > MOST:
        raise Refused(_("At most %(count)s tags.") % {"count": MOST}, field="tags", code="too_many_tags")
    long = next((name for name in wanted if len(name) > LONGEST), None)
    if long:
        raise Refused(
            _("The tag “%(tag)s…” is longer than %(count)s letters.") % {"tag": long[:20], "count": LONGEST},
            field="tags",
            code="long_tag",
        )
    Tag.objects.bulk_create([Tag(name=name) for name in wanted], ignore_conflicts=True)
    found = {tag.name: tag for tag in Tag.objects.filter(name__in=wanted)}
    return [found[name] for name in wanted]


MOST_HIDDEN = 100


def hide(user, names):
    """Content with one of these tags is not listed to `user` from now on; with another one it is again.

    Tags that nobody has used yet are made, so that they stay hidden when somebody does. Raises Refused.
    """
    wanted = list(dict.fromkeys(filter(None, map(normal, names))))
    if len(wanted) > MOST_HIDDEN:
        raise Refused(_("At most %(count)s tags.") % {"count": MOST_HIDDEN}, field="tags", code="too_many_tags")
    tags = [tag for start in range(0, len(wanted), MOST) for tag in named(wanted[start : start + MOST])]
    user.hide_tags([tag.pk for tag in tags])
