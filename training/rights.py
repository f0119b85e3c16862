"""What a member says of the pictures, word for word. A new wording is a new version; old runs keep theirs."""

from django.utils.translation import gettext_lazy as _

VERSION = "2026-11"
WORDINGS = {VERSION: _("These pictures are mine, or I may use them for this. None of them shows a real person.")}
WORDING = WORDINGS[VERSION]
