"""One screen to decide on what waits. For moderators alone; to others it is not there."""

from dataclasses import replace
from functools import wraps

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from civitai.access import fetch
from civitai.errors import Refused
from moderation import queries, subjects
from moderation.domain import appealing, batching, deciding, queueing, reporting, seconding
from moderation.forms import AnswerForm, DecisionForm, ResolutionForm
from moderation.models import Item
from moderation.policy.conduct import conduct
from moderation.states import ItemState


def for_moderators(view):
    @wraps(view)
    def shown(request, *args, **kwargs):
        if not getattr(request.user, "is_moderator", False):
            raise Http404
        if settings.ADMIN_SECOND_FACTOR and not is_mfa_enabled(request.user):
            messages.warning(request, _("Moderators need a second step. Add one here first."))
            return redirect("mfa_index")
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    return shown


@for_moderators
@require_GET
def workbench(request):
    """?queue= chooses the queue, ?item= the item; without, the first that waits."""
    asked = request.GET.get("queue", "")
    queue = asked if asked in conduct.queues else queries.first_queue()
    return render(request, "moderation/workbench.html", _bench(request, queue, request.GET.get("item", "")))


def bar(user, queue=""):
    """What stands over all pages of the workbench."""
    return {
        "queues": queries.queues(queue),
        "last": queries.last_decision(user),
        "more_keys": "moderation/_keys.html",
    }


def _bench(request, queue, item_pk="", form=None):
    items = queries.line(queue)
    item = next((one for one in items if str(one.pk) == str(item_pk)), items[0] if items else None)
    at = items.index(item) if item else 0
    context = bar(request.user, queue) | {
        "queue": queue,
        "items": items,
        "item": item,
        "next_item": items[at + 1] if at + 1 < len(items) else None,
        "previous_item": items[at - 1] if at else None,
    }
    if item is None:
        return context
    kind = subjects.kind_of(item.subject) if subjects.is_known(item.subject) else None
    appeal, proposal = queries.appeal_of(item), queries.proposal_of(item)
    owner = item.described.owner if item.described else None
    reports = list(item.reports.select_related("reporter").order_by("-weight", "id")[:10])
    return context | {
        "described": _shown(item, request.user),
        "sitting": queries.sitting(request.user),
        "may_pick": kind is not None and not kind.is_answered and not _conflict(request.user, owner, appeal, proposal),
        "is_quarantined": queries.is_quarantined(item),
        "appeal": appeal,
        "proposal": proposal,
        "asked": item.proposals.filter(state="open").select_related("by").first(),
        "kind": kind,
        "reports": reports,
        "notes": list(item.notes.select_related("by")),
        "together": User.objects.filter(pk__in=item.others).order_by("username") if item.others else [],
        "owner": owner,
        "owner_facts": queries.person_facts(owner) if owner else None,
        "owner_language": dict(settings.LANGUAGES).get(owner.language or "en", "") if owner else "",
        "strike_days": conduct.strike_lives.days,
        "facts_wanted": deciding.facts_wanted(owner),
        "conflict": _conflict(request.user, owner, appeal, proposal),
        "may_point": owner is not None and item.queue in POINTED and any(one.reporter_id for one in reports),
        "alike": [] if appeal or proposal else queries.alike(item),
        "form": form or _form(item, kind, appeal, proposal),
        "is_others": item.claimed_by_id not in (None, request.user.pk) and item.claimed_until > _now(),
    }


def _form(item, kind, appeal, proposal):
    if appeal:
        return ResolutionForm()
    return AnswerForm() if proposal else DecisionForm(kind=kind, initial={"clause": item.clause})


def _shown(item, user):
    """What it is about, without pictures that this moderator is not to see."""
    if item.described and queries.is_quarantined(item) and not user.is_superuser:
        return replace(item.described, pictures=())
    return item.described


# Of these, what is the reporter's own is better asked for as a removal.
POINTED = ("intimate", "policy", "reports")


def _conflict(user, owner, appeal, proposal=None):
    """Why this moderator does not decide it, or ""."""
    if proposal is not None and user.pk == proposal.by_id:
        return _("You proposed it. Another moderator has to agree.")
    if appeal is not None and user.pk in (*_first(appeal), appeal.by_id, appeal.decision.owner_id):
        return (
            _("You decided this first. Another moderator looks at the objection.")
            if user.pk in _first(appeal)
            else _("It is about you. Another moderator decides.")
        )
    return _("It is yours. Another moderator decides.") if owner == user else ""


def _first(appeal):
    return (appeal.first_decided_by_id, appeal.decision.second_id)


def _now():
    from django.utils import timezone

    return timezone.now()


def _item(request, pk):
    return fetch(Item.objects, request.user, to="moderate", pk=pk)


@for_moderators
@require_POST
def claim(request, pk):
    """Asked by the page while it is open; says who else has it."""
    try:
        queueing.claim(_item(request, pk), request.user)
    except Refused as refused:
        return HttpResponse(str(refused), status=409, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


@for_moderators
@require_POST
def item_decisions(request, pk):
    item = _item(request, pk)
    kind = subjects.kind_of(item.subject)
    if kind.is_answered:
        raise Http404
    form = DecisionForm(request.POST, kind=kind)
    if form.is_valid():
        try:
            _decide(request, item, form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            return redirect(f"{reverse('workbench')}?queue={item.queue}")
    return render(request, "moderation/workbench.html", _bench(request, item.queue, pk, form), status=400)


def _decide(request, item, says):
    """One thing, or the others of its kind that were picked with it; a second moderator is asked where one has to be."""
    also = [int(pk) for pk in request.POST.getlist("also") if pk.isdecimal() and len(pk) < 19][: queries.LINE]
    others = list(Item.objects.filter(pk__in=also, state=ItemState.OPEN, subject=item.subject).exclude(pk=item.pk))
    if "second" in request.POST:
        return _propose(request, item, says, others)
    try:
        if not others:
            deciding.decide(item, request.user, **says)
            return messages.success(request, _("Decided."))
        batch = batching.decide_many([item, *others], request.user, **says)
    except Refused as refused:
        if refused.code != "second":
            raise
        return _propose(request, item, says, others, why=refused.sentence)
    count = len(batch.decisions)
    messages.success(request, ngettext("%(n)s decided.", "%(n)s decided.", count) % {"n": count})
    for left, sentence in batch.refusals:
        messages.warning(request, f"{left.row}: {sentence}")


def _propose(request, item, says, others, why=""):
    seconding.propose(item, request.user, why=why, also=[one.pk for one in others], **says)
    messages.success(request, f"{why} {_('A second moderator is asked; until then nothing happens.')}".strip())


@for_moderators
@require_POST
def item_resolution(request, pk):
    item = _item(request, pk)
    appeal, proposal = queries.appeal_of(item), queries.proposal_of(item)
    if appeal is None and proposal is None:
        raise Http404
    form = ResolutionForm(request.POST) if appeal else AnswerForm(request.POST)
    if form.is_valid():
        try:
            if appeal:
                appealing.resolve(appeal, request.user, **form.cleaned_data)
            else:
                seconding.answer(proposal, request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            messages.success(request, _("Decided."))
            return redirect(f"{reverse('workbench')}?queue={item.queue}")
    return render(request, "moderation/workbench.html", _bench(request, item.queue, pk, form), status=400)


@for_moderators
@require_POST
def item_notes(request, pk):
    item = _item(request, pk)
    queueing.note(item, request.user, request.POST.get("text", ""))
    return redirect(f"{reverse('workbench')}?queue={item.queue}&item={item.pk}")


@for_moderators
@require_POST
def item_pointers(request, pk):
    """Reporters are shown the way to a removal request; the item stays."""
    item = _item(request, pk)
    count = reporting.point_to_removal(item, request.user)
    messages.success(
        request,
        ngettext("%(n)s reporter is told of the removal form.", "%(n)s reporters are told of the removal form.", count)
        % {"n": count},
    )
    return redirect(f"{reverse('workbench')}?queue={item.queue}&item={item.pk}")


@for_moderators
@require_GET
def item_statement(request, pk):
    """What the owner would read, as it is being put together."""
    item = _item(request, pk)
    described = subjects.describe([(item.subject, item.row)]).get((item.subject, item.row))
    action, clause = request.GET.get("action", ""), request.GET.get("clause", "")
    text = ""
    if described and action in dict(DecisionForm(kind=subjects.kind_of(item.subject)).fields["action"].choices):
        told = {"strike": "strike" in request.GET, "facts": request.GET.get("facts", "")}
        text = deciding.statement_of(action, clause, described, described.owner, **told)
    return render(request, "moderation/_statement.html", {"text": text})
