"""Threads: what members say about a thing, and to each other."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.moderated import Moderated

DEEPEST = 2  # 0, 1, 2: three steps are shown; who answers the third stands beside it


class Thread(models.Model):
    """All that is said about one thing. `subject` is a model's label, `row` its key."""

    subject = models.CharField(max_length=40)
    row = models.BigIntegerField()
    # Those that everybody sees; moves with the rows alone.
    comments = models.PositiveIntegerField(default=0)
    locked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "row"], name="thread_once")]

    def __str__(self):
        return f"thread of {self.subject} {self.row}"

    @property
    def is_locked(self):
        return self.locked_at is not None


class CommentQuerySet(ScopedQuerySet):
    def live(self):
        return self.filter(removed_at=None, hidden_at=None)

    def visible_to(self, user):
        """Neither removed nor hidden, nor by somebody whom `user` blocked; one's own are seen when hidden.

        Whether the thing itself is seen is asked by who shows the thread; see community.domain.threads.
        """
        if getattr(user, "is_moderator", False):
            return self.filter(removed_at=None)
        if not getattr(user, "is_authenticated", False):
            return self.live()
        return self.filter(Q(hidden_at=None) | Q(author=user), removed_at=None).exclude(author__in=user.hidden_people)

    def editable_by(self, user):
        return self.live().filter(author=user) if getattr(user, "is_authenticated", False) else self.none()


class Comment(Moderated):
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="rows")
    # Nobody, when the member is gone.
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="comments")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="answers")
    # The one that began the conversation; itself for that one. Set in the transaction that makes the row.
    root = models.ForeignKey("self", models.CASCADE, null=True, related_name="+")
    depth = models.PositiveSmallIntegerField(default=0)
    # The how-manieth of its conversation; 0 is the root. `said` counts them there.
    place = models.PositiveIntegerField(default=0)
    said = models.PositiveIntegerField(default=0)
    text = models.TextField()
    # Usernames of those it names, who are linked.
    mentions = ArrayField(models.CharField(max_length=32), default=list)
    # From the form: the same form sent twice makes one comment.
    key = models.UUIDField()
    likes = models.PositiveIntegerField(default=0)
    is_pinned = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "key"], name="comment_sent_once"),
            models.UniqueConstraint(fields=["thread"], condition=Q(is_pinned=True), name="comment_one_pinned"),
            models.CheckConstraint(name="comment_depth", condition=Q(depth__lte=DEEPEST)),
            models.CheckConstraint(
                name="comment_depth_has_parent",
                condition=Q(depth=0, parent=None) | Q(depth__gt=0, parent__isnull=False),
            ),
            models.CheckConstraint(name="comment_pinned_is_root", condition=Q(is_pinned=False) | Q(parent=None)),
        ]
        indexes = [
            models.Index(
                F("thread"), F("is_pinned").desc(), F("id").desc(), condition=Q(parent=None), name="comment_roots"
            ),
            models.Index(fields=["root", "place"], name="comment_conversation"),
            models.Index(fields=["author", "-at"], name="comment_author"),
        ]

    def __str__(self):
        return f"comment {self.pk}"

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("comment", args=[self.pk])

    @property
    def owner(self):
        return self.author

    @property
    def owner_id(self):
        return self.author_id

    def reword(self, text, *, mentions):
        self.text, self.mentions, self.edited_at = text, mentions, timezone.now()
        self.save(update_fields=["text", "mentions", "edited_at"])
