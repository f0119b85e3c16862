"""What is entered for a bounty, with its pictures and files."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.queries import hidden_ids
from bounties.models.bounty import Bounty
from bounties.models.withheld import FROZEN, QUARANTINED, UNLISTED, Withheld
from bounties.states import ENTRY_MOVES, BountyState, EntryState
from civitai import moderated
from civitai.access import ScopedQuerySet
from civitai.errors import StaleState
from civitai.jobs import Job, job_type
from civitai.moderated import Moderated
from civitai.states import Stateful
from community.models import Picture
from models_hub.formats.errors import sentence_for
from models_hub.models import ModelVersion
from models_hub.states import FILE_MOVES, FileState


class EntryQuerySet(ScopedQuerySet):
    def listed_to(self, user):
        """The rows of lists and counts: shown to all, without those of people whom `user` blocked."""
        rows = self.filter(hidden_at=None, state=EntryState.ENTERED, freeze_level=0, taken_down_at=None)
        people = hidden_ids(user)
        return rows.exclude(owner__in=people) if people else rows

    def listed_or_own(self, user):
        """On its bounty's page its maker finds it also while others do not."""
        shown = Q(pk__in=self.model.objects.listed_to(user))
        if getattr(user, "is_authenticated", False):
            shown |= Q(owner=user, state=EntryState.ENTERED, taken_down_at=None)
        return self.filter(shown)

    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.all() if user.is_superuser else self._free()
        shown = Q(hidden_at=None, state=EntryState.ENTERED, freeze_level__lte=UNLISTED)
        shown &= Q(bounty__hidden_at=None, bounty__freeze_level__lte=UNLISTED)
        if getattr(user, "is_authenticated", False):
            shown |= Q(owner=user)
        return self._free().filter(shown, taken_down_at=None, bounty__taken_down_at=None)

    def _free(self):
        """Neither it nor its bounty was reported as a child."""
        return self.exclude(Q(hidden_reason=moderated.QUARANTINED) | Q(bounty__hidden_reason=moderated.QUARANTINED))

    def editable_by(self, user):
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self._free().filter(owner=user, state=EntryState.ENTERED, freeze_level=0, taken_down_at=None)


class Entry(Moderated, Withheld, Stateful):
    moves = ENTRY_MOVES

    bounty = models.ForeignKey(Bounty, models.PROTECT, related_name="entries")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bounty_entries")
    state = models.CharField(max_length=12, choices=EntryState, default=EntryState.ENTERED)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, blank=True, related_name="+")
    pictures = models.ManyToManyField(Picture, through="EntryPicture", related_name="+")
    given = models.BigIntegerField(default=0, help_text="units given to it")
    # Counts what its maker changed: who gives, gives to what he saw.
    revision = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    submission = models.CharField(max_length=40)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-given", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "submission"], name="entry_submitted_once"),
            models.CheckConstraint(
                name="entry_given_stays", condition=Q(given__gte=0) & (Q(given=0) | Q(state="entered"))
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_unlisted(self):
        """As what it belongs to, and as the model that it gives: its words may say what theirs say no more."""
        return any(
            row.freeze_level == UNLISTED for row in (self, self.bounty, self.version and self.version.model) if row
        )

    @property
    def shown_name(self):
        return _("Entry %(number)s") % {"number": self.pk} if self.is_unlisted else self.name

    def get_absolute_url(self):
        return reverse("bounty_entry", args=[self.pk])


class EntryPicture(models.Model):
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="shown")
    picture = models.OneToOneField(Picture, models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place", "pk"]

    def __str__(self):
        return str(self.picture_id)


class EntryFileQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """Who may have it: its maker, who gave the entry something, and all once an awarded bounty is over.

        What a moderator hid or a case froze is its maker's alone; what is quarantined or taken down is nobody's,
        whatever was paid.
        """
        rows = self.filter(
            state=FileState.READY,
            withheld_for="",
            entry__taken_down_at=None,
            entry__freeze_level__lt=QUARANTINED,
            entry__bounty__taken_down_at=None,
            entry__bounty__freeze_level__lt=QUARANTINED,
        ).exclude(Q(entry__hidden_reason=moderated.QUARANTINED) | Q(entry__bounty__hidden_reason=moderated.QUARANTINED))
        if getattr(user, "is_moderator", False):
            return rows
        shown = Q(
            entry__hidden_at=None,
            entry__state=EntryState.ENTERED,
            entry__freeze_level__lt=FROZEN,
            entry__bounty__hidden_at=None,
            entry__bounty__freeze_level__lt=FROZEN,
        )
        over = Q(entry__given__gt=0, entry__bounty__state=BountyState.AWARDED)
        if not getattr(user, "is_authenticated", False):
            return rows.filter(shown, over)
        paid = Q(entry__in=user.stakes.exclude(awarded_to=None).values("awarded_to"))
        return rows.filter(shown & (over | paid) | Q(entry__owner=user))


class EntryFile(Stateful):
    """A file of an entry, in the private store; checked in a worker like every file of a model."""

    moves = FILE_MOVES

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="files")
    state = models.CharField(max_length=16, choices=FileState, default=FileState.CHECKING)
    refusal = models.JSONField(default=dict, help_text="the code of why not, and what its sentence mentions")
    upload = models.OneToOneField("civitai.Upload", models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=255)
    key = models.CharField(max_length=200, unique=True)
    size_bytes = models.BigIntegerField()
    # Lower-case hex; of a safetensors file also what its tensors alone hash to.
    sha256 = models.CharField(max_length=64, blank=True)
    tensors = models.CharField(max_length=64, blank=True)
    # The store that holds its object: "private", or "quarantine" while it is withheld for good.
    held_in = models.CharField(max_length=12, default="private", editable=False)
    # The case for which these very bytes are withheld, wherever they lie.
    withheld_for = models.CharField(max_length=12, blank=True, editable=False)
    # A freeze or a takedown asks for another key, so that links given out die; a worker does it.
    to_settle = models.BooleanField(default=False, editable=False)
    # When the sweeper took the object of a removed or refused file out of the store.
    swept_at = models.DateTimeField(null=True, editable=False)

    objects = EntryFileQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="entry_file_ready_is_known", condition=~Q(state="ready") | ~Q(sha256=""))
        ]
        indexes = [
            models.Index(fields=["sha256"], name="entry_file_sha256"),
            models.Index(
                fields=["id"], condition=Q(state__in=["removed", "refused"], swept_at=None), name="entry_file_to_sweep"
            ),
            models.Index(fields=["id"], condition=Q(to_settle=True), name="entry_file_to_settle"),
        ]

    def __str__(self):
        return self.name

    @property
    def shown_name(self):
        """For who gets it. Its entry's version is looked up, where it was not loaded."""
        return f"entry-{self.entry_id}.{self.name.rpartition('.')[2]}" if self.entry.is_unlisted else self.name

    @property
    def refusal_sentence(self):
        """Why it was refused, in the reader's language."""
        if not self.refusal:
            return ""
        if self.refusal["code"] == "registry":
            return _("This file is in the registry of what was taken down. You can object to that.")
        if self.refusal["code"] == "unchecked":
            return _("It could not be checked. Enter it again.")
        return sentence_for(self.refusal["code"], **self.refusal.get("values", {}))


@job_type(task="bounties.check_file", queue="io")
class EntryFileCheck(Job):
    """Hashes a file, reads what it is, asks the registry, and says whether it may be given."""

    file = models.OneToOneField(EntryFile, models.CASCADE, related_name="check_job")

    def on_unfinished(self, state):
        try:
            self.file.move(FileState.REFUSED, because=state, refusal={"code": "unchecked"})
        except StaleState:
            pass  # taken back meanwhile
