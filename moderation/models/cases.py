"""Removal cases: who asks, about what, where it stands, and everything that happened."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.states import Stateful
from moderation.case_states import CASE_MOVES, CLOSED, OPEN, CaseState, Outcome, Side, Track


class CaseQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """Those whom it concerns by their account, and moderators. A claimant comes with a link until he keeps it there."""
        if getattr(user, "is_moderator", False):
            return self.all()
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.of(user)

    editable_by = visible_to

    def of(self, user):
        """On either side of it. Nobody learns of an open case about a child before a person has decided."""
        mine = self.filter(pk__in=CaseParty.objects.filter(user=user).values("case"))
        return mine.exclude(Q(track=Track.CHILD) & ~Q(state__in=CLOSED))

    def open(self):
        return self.exclude(state__in=CLOSED)


class RemovalCase(Stateful):
    moves = CASE_MOVES

    reference = models.CharField(max_length=12, unique=True)
    state = models.CharField(max_length=20, choices=CaseState, default=CaseState.SUBMITTED)
    # Counts its acts: who acts on an older page than the last one is refused.
    version = models.PositiveIntegerField(default=1)
    track = models.CharField(max_length=12, choices=Track)
    ticked = ArrayField(models.CharField(max_length=12), default=list)
    policy_version = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=8, default="self")
    wish = models.CharField(max_length=12, default="renamed")
    if_silent = models.CharField(max_length=12, default="renamed")
    names = ArrayField(models.CharField(max_length=120), default=list)
    statement = models.TextField(blank=True)
    # Empty: the other side reads "a verified artist".
    public_name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, default="en")
    # Statutory elements that a copyright notice has.
    elements = ArrayField(models.CharField(max_length=16), default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    claimant_key = models.CharField(max_length=64)
    network = models.CharField(max_length=64, blank=True)
    is_proven = models.BooleanField(default=False)
    turn = models.CharField(max_length=8, choices=Side, blank=True)
    turn_due = models.DateTimeField(null=True)
    # Until when proof is waited for, each time that it is asked for.
    proof_due = models.DateTimeField(null=True)
    read_due = models.DateTimeField(null=True)
    decide_due = models.DateTimeField(null=True)
    talks_until = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    resting_from = models.CharField(max_length=20, blank=True)
    reminded = ArrayField(models.CharField(max_length=24), default=list)
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome, null=True)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="case_outcome_iff_closed",
                condition=Q(outcome=None, closed_at=None, state__in=OPEN)
                | Q(outcome__isnull=False, closed_at__isnull=False, state__in=sorted(CLOSED)),
            ),
            models.CheckConstraint(
                name="case_turn_has_clock", condition=Q(turn="") | Q(turn_due__isnull=False, state="negotiating")
            ),
            models.CheckConstraint(
                name="case_rest_has_end", condition=~Q(state="suspended") | Q(rests_until__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["state", "decide_due"], name="case_line"),
            models.Index(fields=["network", "created_at"], name="case_network"),
            models.Index(fields=["turn_due"], condition=Q(state="negotiating"), name="case_turns"),
        ]

    def __str__(self):
        return f"case {self.reference}"

    def get_absolute_url(self):
        return reverse("case", args=[self.reference])

    @property
    def is_closed(self):
        return self.state in CLOSED

    @property
    def title(self):
        first = self.targets.first()
        return first.title if first else self.reference


class CaseParty(models.Model):
    """A side of a case. An uploader is a member; a claimant may be one later."""

    case = models.ForeignKey(RemovalCase, models.CASCADE, related_name="parties")
    side = models.CharField(max_length=8, choices=Side)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    alias = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "side", "user"], name="party_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(side="claimant"), name="one_claimant"),
        ]

    def __str__(self):
        return f"{self.side} of {self.case_id}"


class CaseTarget(models.Model):
    """A thing that the case is about, as it was when the request came."""

    case = models.ForeignKey(RemovalCase, models.CASCADE, related_name="targets")
    subject = models.CharField(max_length=40)
    row = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    snapshot = models.JSONField(default=dict)
    level = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    # Copies of the case's, for the one constraint that needs all of them in a row.
    claimant_key = models.CharField(max_length=64)
    track = models.CharField(max_length=12)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "subject", "row"], name="target_once"),
            models.UniqueConstraint(
                fields=["claimant_key", "subject", "row", "track"],
                condition=Q(is_open=True),
                name="one_open_case_of_claimant",
            ),
            models.CheckConstraint(name="target_level", condition=Q(level__lte=3)),
        ]
        indexes = [models.Index(fields=["subject", "row"], name="target_subject")]

    def __str__(self):
        return f"{self.subject} {self.row}"


class CaseEvent(models.Model):
    """Append-only, by a trigger. People are numbers and names, so that no deletion reaches into it."""

    case = models.ForeignKey(RemovalCase, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=32)
    side = models.CharField(max_length=12, blank=True)
    by_number = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=150, blank=True)
    was = models.CharField(max_length=20, blank=True)
    now = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict)
    # Moderators alone read it.
    is_internal = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "id"], name="case_events")]

    def __str__(self):
        return f"{self.kind} {self.case_id}"
