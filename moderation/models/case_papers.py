"""What belongs to a case and is not everybody's: who the claimant is, proof, letters, and how to put things back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models.cases import CaseEvent, CaseTarget, RemovalCase
from moderation.models.letters import Letter


class ClaimantSecret(models.Model):
    """Encrypted; opened for a named purpose alone, and each opening leaves a row. Erased a year after the end."""

    case = models.OneToOneField(RemovalCase, models.CASCADE, related_name="secret")
    box = models.TextField(blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions = [("open_claimantsecret", "Can open what a claimant told us of himself")]

    def __str__(self):
        return f"secret of {self.case_id}"


class SecretRead(models.Model):
    secret = models.ForeignKey(ClaimantSecret, models.CASCADE, related_name="reads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    purpose = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(name="secret_read_has_purpose", condition=~Q(purpose=""))]

    def __str__(self):
        return self.purpose


class EvidenceKind(models.TextChoices):
    PICTURE = "picture", _("A work that it resembles")
    LARGER = "larger", _("A larger original than anybody else has")
    LAYERED = "layered", _("The layered file, the raw photograph, the sketch")
    DATED = "dated", _("An earlier post of yours, with its date")


class Evidence(models.Model):
    """What the claimant sent: pictures in the private store, of which a worker makes what a moderator looks at; works as
    proof in quarantine, since they may be of any format; or the address of an earlier post."""

    case = models.ForeignKey(RemovalCase, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=8, choices=EvidenceKind, default=EvidenceKind.PICTURE)
    name = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    words = models.CharField(max_length=500, blank=True)
    held_in = models.CharField(max_length=12, default="private")
    # Of an address: one that no object has.
    key = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    shown_key = models.CharField(max_length=200, blank=True)
    refusal = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="evidence_once")]

    def __str__(self):
        return self.name or self.sha256[:12]


class Verification(models.Model):
    case = models.ForeignKey(RemovalCase, models.CASCADE, related_name="verifications")
    method = models.CharField(max_length=16)
    challenge = models.CharField(max_length=160)
    page = models.CharField(max_length=500, blank=True)
    result = models.CharField(max_length=200, blank=True)
    is_good = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.method} {self.is_good}"


class CaseMail(Letter):
    """Once for each event and recipient, who is "claimant" or "user:7"."""

    case = models.ForeignKey(RemovalCase, models.CASCADE, related_name="mails")
    event = models.ForeignKey(CaseEvent, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "event", "recipient"], name="mail_once")]
        indexes = [models.Index(fields=["id"], condition=Q(sent_at=None), name="mail_waiting")]


class CaseTrace(models.Model):
    """What a room changed for a case, with all it needs to put it back."""

    case = models.ForeignKey(RemovalCase, models.PROTECT, related_name="traces")
    target = models.ForeignKey(CaseTarget, models.PROTECT, related_name="traces", null=True)
    subject = models.CharField(max_length=40)
    row = models.CharField(max_length=40)
    before = models.JSONField()
    undone_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "subject"], name="trace_of_case")]

    def __str__(self):
        return f"{self.subject} {self.row}"
