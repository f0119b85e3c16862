"""What holds while a case is open, what was decided, objections, and the work of carrying it out."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from civitai.jobs import Job, job_type
from moderation.case_states import Outcome, Side
from moderation.models.cases import CaseTarget, RemovalCase


class Freeze(models.Model):
    """0 normal, 1 unlisted, 2 frozen, 3 quarantined; never without an end."""

    target = models.ForeignKey(CaseTarget, models.CASCADE, related_name="freezes")
    level = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=32)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="freeze_ends", condition=Q(until__gt=F("since"))),
            models.CheckConstraint(name="freeze_level", condition=Q(level__gte=1, level__lte=3)),
            models.UniqueConstraint(fields=["target"], condition=Q(lifted_at=None), name="one_freeze"),
        ]

    def __str__(self):
        return f"L{self.level} of {self.target_id}"


class CaseDecision(models.Model):
    """What, why and on what ground. `second` agreed where one is not enough."""

    case = models.ForeignKey(RemovalCase, models.PROTECT, related_name="decisions")
    what = models.CharField(max_length=16)
    because = models.CharField(max_length=2000)
    ground = models.CharField(max_length=200)
    scope = models.CharField(max_length=60, default="site")
    source = models.CharField(max_length=8, default="notice")
    found_by_machine = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="case_decision_says_why", condition=~Q(because="") & ~Q(ground="")),
            models.CheckConstraint(name="case_decision_by_two", condition=Q(second=None) | ~Q(second=F("by"))),
        ]

    def __str__(self):
        return f"{self.what} {self.case_id}"


class CounterNotice(models.Model):
    """Encrypted: name, address and signature go to the claimant alone, because the law wants it."""

    case = models.OneToOneField(RemovalCase, models.PROTECT, related_name="counter_notice")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    box = models.TextField()
    put_back_from = models.DateField()
    put_back_by = models.DateField()
    suit_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(name="counter_window", condition=Q(put_back_by__gt=F("put_back_from")))]

    def __str__(self):
        return f"counter-notice of {self.case_id}"


class CaseAppeal(models.Model):
    case = models.ForeignKey(RemovalCase, models.PROTECT, related_name="appeals")
    side = models.CharField(max_length=8, choices=Side)
    text = models.CharField(max_length=2000)
    was = models.CharField(max_length=12, choices=Outcome)
    result = models.CharField(max_length=12, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(decided_at=None), name="one_open_appeal"),
            models.UniqueConstraint(fields=["case", "side", "was"], name="appeal_once_for_outcome"),
            models.CheckConstraint(
                name="case_appeal_decided",
                condition=Q(result="", decided_at=None) | (~Q(result="") & Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"appeal of the {self.side}"


@job_type(task="moderation.execute_case", queue="io")
class Execution(Job):
    """Carries an outcome out. Each finished step is named, so that another attempt leaves it alone."""

    case = models.ForeignKey(RemovalCase, models.CASCADE, related_name="executions")
    outcome = models.CharField(max_length=12)
    # {key of a target: its own outcome}, where not all of them have the same.
    per_item = models.JSONField(default=dict)
    steps = ArrayField(models.CharField(max_length=80), default=list)

    class Meta(Job.Meta):
        abstract = False
        constraints = [
            *[c.clone() for c in Job.Meta.constraints],
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=["queued", "running"]), name="one_execution"
            ),
        ]
