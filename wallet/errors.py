from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused


class NotEnough(Refused):
    """The account does not hold that much."""

    status = 402

    def __init__(self, sentence=None, *, field=None):
        super().__init__(sentence or _("You don't have enough credits for this."), field=field, code="not_enough")


class OtherBody(Refused):
    """The key was used before, for something else."""

    status = 422

    def __init__(self):
        super().__init__(_("This was already done, in another way. Load the page again."), code="other_body")
