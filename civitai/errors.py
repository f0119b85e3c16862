"""Expected failures. Each carries what a person or a worker needs to go on."""

from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """The answer is no, and `sentence` says why to the person who asked.

    `field` names the form field it belongs to, `code` is for programs.
    """

    status = 400

    def __init__(self, sentence, *, field=None, code="refused"):
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.code = code

    def __str__(self):
        return str(self.sentence)


class StaleState(Refused):
    """The row was no longer in a state from which this move is lawful."""

    status = 409

    def __init__(self, sentence=None):
        super().__init__(
            sentence or _("Somebody else changed this in the meantime. Load the page again."), code="stale"
        )


class Gone(Refused):
    """It was here and is not any more; the page that stays says why."""

    status = 410


class TooMany(Refused):
    """A rate limit. `retry_after_s` goes out as Retry-After."""

    status = 429

    def __init__(self, sentence=None, *, retry_after_s=60):
        super().__init__(sentence or _("That was a little fast. Try again in a moment."), code="too_many")
        self.retry_after_s = retry_after_s


class TransientError(Exception):
    """Something outside failed in a way that another attempt may mend."""
