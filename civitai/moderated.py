"""What every piece of content can suffer from a moderator: hidden, and brought back. Never deleted.

moderation/ acts through this and knows no content app.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

# The reason of what was hidden as a child in a sexual way: its bytes are kept, and are nobody's but an administrator's.
QUARANTINED = "quarantined: a child"


class Moderated(models.Model):
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    hidden_reason = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_hidden(self):
        return self.hidden_at is not None

    def hide(self, *, by, reason):
        """Hidden from all but its owner and moderators. Hiding what is hidden changes nothing."""
        changed = (
            type(self)
            ._base_manager.filter(pk=self.pk, hidden_at=None)
            .update(hidden_at=timezone.now(), hidden_by=by, hidden_reason=reason)
        )
        self.refresh_from_db(fields=["hidden_at", "hidden_by", "hidden_reason"])
        return bool(changed)

    def take_over(self, *, by, reason):
        """Hidden already, from now on under another name: what would have let it out before does so no more."""
        type(self)._base_manager.filter(pk=self.pk).exclude(hidden_at=None).update(hidden_by=by, hidden_reason=reason)
        self.refresh_from_db(fields=["hidden_at", "hidden_by", "hidden_reason"])

    def restore(self, *, by):
        """Back as it was. `by` is recorded by the caller's act; restoring what is not hidden changes nothing."""
        changed = (
            type(self)
            ._base_manager.filter(pk=self.pk)
            .exclude(hidden_at=None)
            .update(hidden_at=None, hidden_by=None, hidden_reason="")
        )
        self.refresh_from_db(fields=["hidden_at", "hidden_by", "hidden_reason"])
        return bool(changed)
