"""Why something of a zip was not taken: codes in the row, sentences in the reader's language."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "broken": _("it is broken"),
    "large": _("it is larger than 50 MB"),
    "many": _("the set is full"),
    "caption": _("its caption is no text"),
    "person": _("its caption names a real person"),
}


def sentence_for(code):
    return SENTENCES.get(code, code)
