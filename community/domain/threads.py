"""Threads: what members say about a thing of any room, and to each other. Rooms register their things."""

import uuid
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from accounts.domain.blocking import require_contact
from civitai import limits
from civitai.access import fetch
from civitai.errors import Refused
from community.domain import guarding, writing
from community.models import DEEPEST, Comment, Thread

PER_MINUTE, PER_HOUR = 8, 120
NAMES_PER_HOUR = 30

_subjects = {}


@dataclass(frozen=True)
class Subject:
    label: str
    source: object
    counter: str | None
    owner: str
    name: object

    @property
    def model(self):
        return apps.get_model(self.source) if isinstance(self.source, str) else self.source

    def owner_of(self, row):
        return getattr(row, self.owner, None)

    def about(self, row):
        """Its title, else its label, which the reader sees as words; see notices.name_thing."""
        return (self.name(row) if self.name else "") or self.label


def register_subject(label, model, *, counter=None, owner="owner", name=None):
    """Things of `label` ("gallery.Image") have a thread. Their queryset says who sees them.

    `counter`: the field that counts its comments. `owner`: the attribute that holds whose it is. `name(row)`: its
    title. get_absolute_url() of a row is its page.
    """
    _subjects[label] = Subject(label, model, counter, owner, name)


def subject_of(label):
    """Raises Refused for what has no thread."""
    if label not in _subjects:
        raise Refused(_("Nothing can be said here."), code="subject")
    return _subjects[label]


def seen(user, label, row_id):
    """(Subject, row) when `user` sees the thing. Raises Refused, Http404."""
    subject = subject_of(label)
    return subject, fetch(subject.model.objects, user, pk=row_id)


def require_seen(user, comment):
    """Raises Http404 when `user` does not see the thing that `comment` stands under."""
    seen(user, comment.thread.subject, comment.thread.row)


def comment(user, label, row_id, text, *, parent_id=None, key=None):
    """A new comment, or the one that this form (`key`) has made before. Owner, answered one and named ones are told.

    Raises Refused (empty, too long, locked, blocked, silenced, against the policy), Http404, TooMany.
    """
    if not user.is_authenticated:
        raise Refused(_("Sign in to say something."), code="sign_in")
    key = key or uuid.uuid4()
    sent = Comment.objects.filter(author=user, key=key).first()
    if sent is not None:
        return sent
    subject, row = seen(user, label, row_id)
    text = writing.tidy(text)
    named = writing.named_in(text, by=user)
    owner = subject.owner_of(row)
    require_contact(user, owner, _("Its owner does not want to hear from you."))
    verdict = guarding.judge(text, by=user)
    with transaction.atomic():
        Thread.objects.get_or_create(subject=label, row=row.pk)
        thread = Thread.objects.select_for_update().get(subject=label, row=row.pk)
        sent = Comment.objects.filter(author=user, key=key).first()
        if sent is not None:
            return sent
        if thread.is_locked and not user.is_moderator:
            raise Refused(_("Nothing more can be said here: it was closed."), code="locked")
        answered = _answered(user, thread, parent_id)
        limits.allow(f"comment:{user.pk}", most=PER_MINUTE, seconds=60)
        limits.allow(f"comments:{user.pk}", most=PER_HOUR, seconds=3600)
        made = _place(thread, user, text, named, answered, key)
        _count(thread, +1)
        if verdict:
            guarding.hold(made, verdict, hide=hide)
            return made
        _tell(made, subject, row, owner=owner, answered=answered, named=named)
    return made


def _answered(user, thread, parent_id):
    if parent_id is None:
        return None
    found = Comment.objects.visible_to(user).live().select_related("author", "root", "parent")
    found = found.filter(thread=thread, pk=parent_id).first()
    if found is None:
        raise Refused(_("What you answer is not there any more."), code="gone")
    if found.author is not None:
        require_contact(user, found.author)
    return found


def _place(thread, user, text, named, answered, key):
    """Whoever answers the deepest one stands beside it."""
    parent = answered.parent if answered is not None and answered.depth == DEEPEST else answered
    made = Comment(
        thread=thread,
        author=user,
        text=text,
        mentions=[member.username for member in named],
        key=key,
        parent=parent,
        depth=0 if parent is None else parent.depth + 1,
    )
    if parent is None:
        made.save()
        made.root = made
        made.save(update_fields=["root"])
        return made
    Comment.objects.filter(pk=parent.root_id).update(said=F("said") + 1)
    made.root = Comment.objects.get(pk=parent.root_id)
    made.place = made.root.said
    made.save()
    return made


def _count(thread, step):
    """The thread's counter, and the thing's where it has one."""
    Thread.objects.filter(pk=thread.pk).update(comments=Greatest(F("comments") + step, 0))
    subject = _subjects.get(thread.subject)
    if subject is not None and subject.counter:
        rows = subject.model._base_manager.filter(pk=thread.row)
        rows.update(**{subject.counter: Greatest(F(subject.counter) + step, 0)})


def _tell(made, subject, row, *, owner, answered, named):
    """Nobody is told twice of one comment: the first that fits is said."""
    said = {"by": made.author, "url": made.get_absolute_url(), "about": subject.about(row), "key": f"comment:{made.pk}"}
    if answered is not None and answered.author is not None:
        notices.notify([answered.author], "reply", **said)
    if named and limits.has_room(f"named:{made.author_id}", most=NAMES_PER_HOUR, seconds=3600, count=len(named)):
        notices.notify(named, "mention", **said)
    if owner is not None:
        notices.notify([owner], "comment", **said)


def edit(comment, text):
    """Other words, for good; nobody is told again. Raises Refused."""
    text = writing.tidy(text)
    named = writing.named_in(text, by=comment.author)
    verdict = guarding.judge(text, by=comment.author)
    if text != comment.text:
        with transaction.atomic():
            comment.reword(text, mentions=[member.username for member in named])
            if verdict:
                guarding.hold(comment, verdict, hide=hide)
    return comment


def remove(comment):
    """Its words are gone; where it was answered a line says so. Twice is once."""
    with transaction.atomic():
        rows = Comment.objects.filter(pk=comment.pk, removed_at=None)
        was_shown = rows.filter(hidden_at=None).exists()
        if rows.update(removed_at=timezone.now(), text="", mentions=[], is_pinned=False) and was_shown:
            _count(comment.thread, -1)


def hide(comment, *, by, reason):
    """For moderators; hiding what is hidden changes nothing."""
    with transaction.atomic():
        changed = comment.hide(by=by, reason=reason)
        if changed and comment.removed_at is None:
            _count(comment.thread, -1)
    return changed


def restore(comment, *, by):
    with transaction.atomic():
        changed = comment.restore(by=by)
        if changed and comment.removed_at is None:
            _count(comment.thread, +1)
    return changed


def pin(comment, by, *, on=True):
    """The owner of the thing puts one comment on top, or takes it down. Raises Refused for anybody else's thing."""
    subject, row = seen(by, comment.thread.subject, comment.thread.row)
    _require_owner(subject, row, by)
    if comment.parent_id is not None or comment.removed_at or comment.is_hidden:
        raise Refused(_("Only the beginning of a conversation can be pinned."), code="pin")
    with transaction.atomic():
        Thread.objects.select_for_update().get(pk=comment.thread_id)
        Comment.objects.filter(thread=comment.thread_id, is_pinned=True).update(is_pinned=False)
        Comment.objects.filter(pk=comment.pk).update(is_pinned=on)


def lock(label, row_id, by, *, on=True):
    """The owner of the thing, or a moderator, ends its thread or opens it again. Raises Refused, Http404."""
    subject, row = seen(by, label, row_id)
    if not by.is_moderator:
        _require_owner(subject, row, by)
    thread, _is_new = Thread.objects.get_or_create(subject=label, row=row.pk)
    Thread.objects.filter(pk=thread.pk).update(locked_at=timezone.now() if on else None)


def _require_owner(subject, row, by):
    owner = subject.owner_of(row)
    if owner is None or owner.pk != by.pk:
        raise Refused(_("Only its owner can do that."), code="not_yours")


def recount(thread):
    """The counters as the rows say it."""
    count = Comment.objects.live().filter(thread=thread).count()
    _count(thread, count - Thread.objects.values_list("comments", flat=True).get(pk=thread.pk))
    return count
