"""A decision as the person concerned sees it, the way to object, and the public log."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from civitai.access import fetch
from civitai.errors import Refused
from civitai.paging import keyset
from moderation import queries
from moderation.domain import appealing, deciding
from moderation.domain import log as chain
from moderation.forms import AppealForm
from moderation.models import Decision
from moderation.policy.conduct import conduct
from moderation.views.workbench import for_moderators

PAGE = 60


@login_required
@require_safe
def decision(request, pk):
    return _decision(
        request, fetch(Decision.objects.select_related("owner", "item"), request.user, pk=pk), AppealForm()
    )


def _decision(request, row, form, status=200):
    clause = conduct.clauses.get(row.clause)
    context = {
        "decision": row,
        "clause_name": _(clause.name) if clause else "",
        "side": appealing.side_of(row, request.user),
        "may_appeal": appealing.may_appeal(row, request.user),
        "appeals": list(row.appeals.filter(by=request.user) if not request.user.is_moderator else row.appeals.all()),
        "form": form,
    }
    response = render(request, "moderation/decision.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def appeals(request, pk):
    row = fetch(Decision.objects.select_related("owner", "item"), request.user, pk=pk)
    form = AppealForm(request.POST)
    if form.is_valid():
        try:
            appealing.appeal(row, request.user, form.cleaned_data["text"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            messages.success(request, _("Another moderator looks at it."))
            return redirect(row)
    return _decision(request, row, form, status=400)


@for_moderators
@require_POST
def undoing(request, pk):
    row = fetch(Decision.objects, request.user, pk=pk)
    deciding.undo(row, request.user, because=request.POST.get("because", ""))
    messages.success(request, _("Undone. It is as it was before."))
    return redirect(f"{reverse('workbench')}?queue={row.item.queue}&item={row.item_id}" if row.item else "workbench")


@require_safe
def log(request):
    """For everybody: what was done by which rule. Whoever keeps the head can tell later whether it was changed."""
    page = keyset(queries.public_log(), order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE)
    context = {"page": page, "head": chain.head(), "clauses": conduct.clauses}
    return render(request, "moderation/log.html", context)
