"""Why something of a zip was not taken: codes in the row, sentences in the reader's language."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

# What the trainer says, which knows no translations.
OF_THE_TRAINER = (
    gettext_noop("The loss is no number any more. Try a lower learning rate."),
    gettext_noop("This checkpoint belongs to another run."),
    gettext_noop("Picture {number} can't be encoded by this base model."),
    gettext_noop("{name} must be a whole number from {least} to {most}."),
    gettext_noop("layers must be attention or all."),
    gettext_noop("{name} must be a number from 0 to {most}."),
)

SENTENCES = {
    "broken": _("it is broken"),
    "large": _("it is larger than 50 MB"),
    "many": _("the set is full"),
    "caption": _("its caption is no text"),
    "person": _("its caption names a real person"),
    "there": _("it is in the set already"),
    "zip_unwanted": _("it is no PNG, JPEG or WebP picture and no .txt caption"),
    "zip_deep": _("it lies too deep in folders: four at most"),
}


def sentence_for(code):
    return SENTENCES.get(code, code)
