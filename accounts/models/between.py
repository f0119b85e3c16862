"""What passes between members: who blocked whom, and what each is told."""

from django.db import models
from django.utils import timezone

from accounts.models.person import User
from civitai.access import ScopedQuerySet


class Block(models.Model):
    """`user` wants nothing of `other`: sees nothing of theirs, and they can't act on what is `user`'s."""

    user = models.ForeignKey(User, models.CASCADE, related_name="blocks")
    other = models.ForeignKey(User, models.CASCADE, related_name="blocked_by")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "other"], name="block_once"),
            models.CheckConstraint(name="block_not_oneself", condition=~models.Q(user=models.F("other"))),
        ]

    def __str__(self):
        return f"{self.user} ⊘ {self.other}"


class NotificationQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """One's own alone."""
        return self.filter(user_id=user.pk)

    def editable_by(self, user):
        return self.visible_to(user)

    def moderatable_by(self, user):
        return self.none()

    def unread(self):
        return self.filter(read_at=None)


class Notification(models.Model):
    """One thing that a member is told. What happens again under the same key folds into it.

    Its words come from its kind when it is shown, in the reader's language; see accounts.domain.notices.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # How many did the same before `by`.
    others = models.PositiveIntegerField(default=0)
    about = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notification_once")]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notification_newest"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self):
        return f"{self.kind} for {self.user_id}"
