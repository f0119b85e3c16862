"""What a name may be: it stands in addresses, so it is plain; it is shown, so it has a display name beside it."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from civitai import adapters

# Names that a reader would take for the site or its people.
RESERVED = frozenset(
    """
    abuse admin administrator anonymous api accounts civitai contact everyone help images legal me mod moderation
    moderator moderators models new nobody null official owner posts privacy root security settings staff static
    support system team undefined webmaster www you
    """.split()
)

_letters = RegexValidator(
    r"\A[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?\Z",
    _("Use 2 to 32 letters, digits, dots, hyphens or underscores; begin and end with a letter or digit."),
)


def not_reserved(value):
    if value.lower() in RESERVED:
        raise ValidationError(_("This name is kept for the site itself."))


def not_somebodys(value):
    """Rooms above say whether it is the name of a real person."""
    for sentence in filter(None, adapters.tell("username_chosen", username=value)):
        raise ValidationError(sentence)


validators = [_letters, not_reserved, not_somebodys]
