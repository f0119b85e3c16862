"""A price that was shown is the price that is paid, for five minutes; after that it is asked for anew."""

from django.core import signing
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from wallet.policy import policy

SALT = "wallet quote"


def sign(units, what):
    """A word for a form: so much for this. `what` is anything JSON holds (who, which resources)."""
    return signing.dumps([units, what], salt=SALT)


def read(word, what):
    """The units that were quoted for `what`. Raises Refused when the word is old, forged, or of something else."""
    try:
        units, said = signing.loads(word, salt=SALT, max_age=policy.quote_lives_s)
    except signing.SignatureExpired:
        raise Refused(_("The price was shown too long ago. Look at it again."), code="quote_old") from None
    except signing.BadSignature:
        raise Refused(_("The price could not be read. Look at it again."), code="quote") from None
    if said != signing.JSONSerializer().loads(signing.JSONSerializer().dumps(what)):
        raise Refused(_("What is asked for has changed, and so may its price. Look at it again."), code="quote_other")
    return units


def agree(word, what, units):
    """The quoted price, if it is still the present one or better for the payer. Raises Refused when it has risen."""
    quoted = read(word, what)
    if units > quoted:
        raise Refused(_("The price has risen in the meantime. Look at it again."), code="quote_risen")
    return units
