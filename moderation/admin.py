"""Reports, decisions, cases and their logs, to look at; and what administrators decide about content from its lists."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin import UserAdmin
from accounts.models import User
from civitai.admin import Jobs, Large, ReadOnly, Rows, among, beginning
from moderation import models, subjects
from moderation.domain import administering
from moderation.policy.conduct import conduct


def rules():
    return [(clause.key, f"{clause.key} {_(clause.name)}") for clause in conduct.clauses.values()]


class WhyForm(ActionForm):
    """Beside the list of actions: the rule, and what goes to the log."""

    clause = forms.ChoiceField(required=False, label="", widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(required=False, label="", max_length=300, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["clause"].choices = [("", _("Rule")), *rules()]
        self.fields["clause"].widget.attrs |= {"aria-label": _("Rule"), "x-show": "action"}
        self.fields["reason"].widget.attrs |= {
            "aria-label": _("Why"),
            "placeholder": _("Why, for the log"),
            "x-show": "action",
        }


class Decided(ReadOnly):
    """Base of content that is hidden and brought back: never by its columns, always by a decision."""

    action_form = WhyForm
    actions = ["hide", "take_back"]

    def has_moderate_permission(self, request):
        return request.user.is_superuser or request.user.is_moderator

    @admin.action(description=_("Hide"), permissions=["moderate"])
    def hide(self, request, rows):
        self._decide(request, rows, models.Action.HIDE)

    @admin.action(description=_("Restore"), permissions=["moderate"])
    def take_back(self, request, rows):
        reason = request.POST.get("reason", "")
        self.each(request, rows, lambda row: administering.take_back(subjects.named(row), request.user, reason=reason))

    def _decide(self, request, rows, action):
        why = {"clause": request.POST.get("clause", ""), "reason": request.POST.get("reason", "")}
        self.each(
            request,
            rows,
            lambda row: administering.decide_at_once(subjects.named(row), request.user, action=action, **why),
        )


admin.site.unregister(User)


@admin.register(User)
class MemberAdmin(Decided, UserAdmin):
    """A suspension is a decision: its reason is told to the member, who may object."""

    actions = ["suspend", "take_back", *UserAdmin.actions]

    @admin.action(description=_("Suspend the account"), permissions=["moderate"])
    def suspend(self, request, rows):
        self._decide(request, rows, models.Action.SUSPEND)


class ReportRows(Rows):
    model = models.Report
    fields = ["at", "reporter", "reason", "text", "weight"]


class NoteRows(Rows):
    model = models.Note
    fields = ["at", "by", "text"]


@admin.register(models.Item)
class ItemAdmin(ReadOnly):
    called = _("Queue")
    list_display = ["id", "queue", "severity", "subject", "row", "state", beginning("because"), "claimed_by", "due_at"]
    list_filter = [
        "state",
        among("queue", lambda: [(key, _(name)) for key, name in conduct.queues.items()], title=_("Queue")),
        among("severity", [(key, key) for key in conduct.decide], title=_("Class")),
    ]
    search_fields = ["=id", "=row"]
    inlines = [ReportRows, NoteRows]


@admin.register(models.Decision)
class DecisionAdmin(ReadOnly):
    called = _("Decisions")
    list_display = ["at", "action", "title", "owner", "clause", "by", "undone_at"]
    list_filter = ["action", among("clause", rules, title=_("Rule"))]
    search_fields = ["=id", "title", "owner__username", "by__username"]
    ordering = ["-at", "-id"]


@admin.register(models.Proposal)
class ProposalAdmin(ReadOnly):
    called = _("Second looks")
    list_display = ["at", "item", "by", "second", "state", "expires_at"]
    list_filter = ["state"]
    search_fields = ["by__username", "second__username"]


@admin.register(models.Strike)
class StrikeAdmin(ReadOnly):
    called = _("Strikes")
    list_display = ["id", "owner", "decision", "points", "expires_at", "voided_at"]
    search_fields = ["owner__username"]


@admin.register(models.Appeal)
class AppealAdmin(ReadOnly):
    called = _("Objections")
    list_display = ["at", "decision", "by", "side", "state", "decided_by", "decided_at"]
    list_filter = ["state", "side"]
    search_fields = ["by__username", "text"]


@admin.register(models.ModerationEvent)
class EventAdmin(Large):
    called = _("Moderation log")
    list_display = ["at", "what", "by_name", "subject", "row", "title", "clause", beginning("because")]
    search_fields = ["=id", "=row", "=by_name"]


@admin.register(models.RegistryEntry)
class RegistryAdmin(ReadOnly):
    called = _("Registry entries")
    list_display = ["created_at", "kind", "value", "mode", "source", "by", "ends_at"]
    list_filter = ["kind", "mode"]
    search_fields = ["value", "source"]


class TargetRows(Rows):
    model = models.CaseTarget
    fields = ["subject", "row", "title", "owner", "level", "outcome", "is_open"]


class CaseEventRows(Rows):
    model = models.CaseEvent
    fields = ["at", "kind", "side", "by_name", "was", "now", "is_internal"]


@admin.register(models.RemovalCase)
class CaseAdmin(ReadOnly):
    """Who the claimant is lies elsewhere, encrypted, and is opened for a purpose alone."""

    called = _("Removal cases")
    list_display = ["reference", "track", "state", "outcome", "moderator", "decide_due", "created_at"]
    list_filter = ["state", "track", "outcome"]
    search_fields = ["reference"]
    exclude = ["token_hash", "claimant_key", "network"]
    inlines = [TargetRows, CaseEventRows]


@admin.register(models.CaseDecision)
class CaseDecisionAdmin(ReadOnly):
    called = _("Decisions in cases")
    list_display = ["at", "case", "what", "ground", "by", "second"]
    search_fields = ["case__reference"]


@admin.register(models.CaseAppeal)
class CaseAppealAdmin(ReadOnly):
    called = _("Objections in cases")
    list_display = ["at", "case", "side", "was", "result", "decided_by", "decided_at"]
    search_fields = ["case__reference"]


@admin.register(models.Freeze)
class FreezeAdmin(ReadOnly):
    called = _("Freezes")
    list_display = ["since", "target", "level", "reason", "until", "lifted_at", "lifted_by"]
    list_filter = ["level"]
    search_fields = ["target__case__reference"]


@admin.register(models.Agreement)
class AgreementAdmin(ReadOnly):
    called = _("Agreements")
    list_display = ["id", "case", "units_per_image", "artist_points", "starts_at", "ends_at", "ended_at"]
    search_fields = ["case__reference"]


@admin.register(models.CaseMail)
class CaseMailAdmin(ReadOnly):
    called = _("Letters of cases")
    list_display = ["created_at", "case", "kind", "recipient", "attempts", "sent_at"]
    search_fields = ["case__reference"]
    exclude = ["facts"]


@admin.register(models.SecretRead)
class SecretReadAdmin(ReadOnly):
    called = _("Openings of secrets")
    list_display = ["at", "case", "by", "purpose"]
    list_select_related = ["secret__case"]
    search_fields = ["secret__case__reference"]

    @admin.display(description=_("case"))
    def case(self, read):
        return read.secret.case


@admin.register(models.Execution)
class ExecutionAdmin(Jobs):
    called = _("Outcomes carried out")
    list_display = ["created_at", "case", "outcome", "state", "attempt", "error", "finished_at"]
    search_fields = ["case__reference"]
    # What a case decided is carried out, not ended half-way.
    actions = []
