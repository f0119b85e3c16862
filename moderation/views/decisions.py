"""A decision as the person concerned sees it, the way to object, and the public log."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civitai import limits
from civitai.access import fetch
from civitai.errors import Refused
from civitai.paging import keyset
from moderation import queries
from moderation.domain import appealing, batching, deciding, striking, telling, wording
from moderation.domain import log as chain
from moderation.forms import AppealForm, LetterForm
from moderation.models import Action, Decision
from moderation.policy.conduct import conduct
from moderation.views.workbench import for_moderators

PAGE = 60


@login_required
@require_safe
def decision(request, pk):
    row = fetch(Decision.objects.select_related("owner", "item"), request.user, pk=pk)
    return _decision(request, row, request.user, AppealForm(), reverse("decision_appeals", args=[pk]))


@login_required
@require_POST
def appeals(request, pk):
    row = fetch(Decision.objects.select_related("owner", "item"), request.user, pk=pk)
    return _appealed(request, row, request.user, row.get_absolute_url(), reverse("decision_appeals", args=[pk]))


# A form of a page with no-referrer comes without an origin, so Django can't tell it from a stranger's; what allows the
# act is the link itself, which a stranger's page does not have.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request, token):
    """The same page by the link of a letter: for this decision and this reader alone, with a closed account too."""
    found = telling.by_token(token)
    if found is None:
        raise Http404
    row, reader = found
    here = reverse("decision_letter", args=[token])
    if request.method == "POST":
        response = _appealed(request, row, reader, here, here)
    else:
        response = _decision(request, row, reader, AppealForm(), here)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def letters(request):
    """For a suspended person who lost the letter: it is sent again. The answer is the same for everybody."""
    form = LetterForm(request.POST or None)
    is_sent = False
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        limits.allow(f"letter:{limits.network_of(request)}", most=10, seconds=3600)
        if limits.has_room(f"letter:{email.lower()}", most=2, seconds=24 * 3600):
            telling.send_again(email)
        is_sent = True
    context = {"form": form, "is_sent": is_sent}
    return render(request, "moderation/letters.html", context, status=400 if form.errors else 200)


def _appealed(request, row, reader, then, action):
    form = AppealForm(request.POST)
    if form.is_valid():
        try:
            appealing.appeal(row, reader, form.cleaned_data["text"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            messages.success(request, _("Another moderator looks at it."))
            return redirect(then)
    return _decision(request, row, reader, form, action, status=400)


def _decision(request, row, reader, form, action, status=200):
    side = appealing.side_of(row, reader)
    context = {
        "decision": row,
        "side": side,
        "pairs": wording.pairs(row, side=side),
        "outcome": wording.outcome_told(row),
        "may_appeal": appealing.may_appeal(row, reader),
        "until": row.appeal_until or row.at + conduct.appeal_window,
        "appeals": list(row.appeals.filter(by=reader) if side else row.appeals.all()),
        "form": form,
        "action": action,
    }
    response = render(request, "moderation/decision.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def decisions(request):
    """Decisions about this member, and what came of what they reported."""
    about = Decision.objects.filter(owner=request.user).exclude(action=Action.KEEP).prefetch_related("appeals")
    page = keyset(about, order=("-at", "-id"), cursor=request.GET.get("cursor"), limit=PAGE)
    context = {
        "settings_current": "decisions",
        "page": page,
        "reports": queries.reports_of(request.user),
        "points": striking.live_points(request.user),
    }
    response = render(request, "moderation/decisions.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def about(request, label, pk):
    """From a thing to the last decision about it, where this viewer may read it; else to the list of all."""
    found = Decision.objects.visible_to(request.user).filter(subject=label, row=pk, undone_at=None)
    row = found.exclude(action=Action.KEEP).order_by("-at").first()
    return redirect(row or "decisions")


@for_moderators
@require_POST
def undoing(request, pk):
    row = fetch(Decision.objects, request.user, pk=pk)
    try:
        if row.batch and "batch" in request.POST:
            return _batch_undone(request, row)
        deciding.undo(row, request.user, because=request.POST.get("because", ""))
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, _("Undone. It is as it was before."))
    return redirect(f"{reverse('workbench')}?queue={row.item.queue}&item={row.item_id}" if row.item else "workbench")


def _batch_undone(request, row):
    count, refusals = batching.undo_batch(row.batch, request.user)
    messages.success(request, ngettext("%(n)s undone.", "%(n)s undone.", count) % {"n": count})
    for sentence in refusals:
        messages.warning(request, sentence)
    return redirect(f"{reverse('workbench')}?queue={row.item.queue}" if row.item else "workbench")


@require_safe
def log(request):
    """For everybody: what was done by which rule. Whoever keeps the head can tell later whether it was changed."""
    page = keyset(queries.public_log(), order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE)
    context = {"page": page, "head": chain.head(), "clauses": conduct.clauses}
    return render(request, "moderation/log.html", context)
