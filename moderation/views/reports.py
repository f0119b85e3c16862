"""Telling us of something, with an account or, where the law asks for it, without."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from civitai import limits, unsaid
from civitai.access import fetch
from civitai.errors import Refused
from moderation import subjects
from moderation.domain import reporting
from moderation.forms import ReportForm
from moderation.policy.conduct import conduct


@require_http_methods(["GET", "POST"])
def report(request, label, pk):
    """Only what this viewer sees can be reported."""
    is_visitor = not request.user.is_authenticated
    if is_visitor and request.method == "POST" and not _is_for_visitors(request, label, pk):
        return unsaid.sign_in_first(request)
    described = _seen(request, label, pk)
    form = ReportForm(request.POST or None, initial=unsaid.in_form(request), is_visitor=is_visitor)
    if request.method == "POST" and form.is_valid():
        try:
            reporting.report(
                None if is_visitor else request.user,
                (label, pk),
                **form.cleaned_data,
                address=limits.network_of(request),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            told = _("Thank you. A moderator looks at it, and you are told what came of it.")
            unsaid.forget(request)
            messages.success(request, _("Thank you. A moderator looks at it.") if is_visitor else told)
            return redirect(described.url or "/")
    context = {"form": form, "described": described, "kind": subjects.kind_of(label).name, "is_visitor": is_visitor}
    return render(request, "moderation/report.html", context, status=400 if form.errors else 200)


def _is_for_visitors(request, label, pk):
    """Whether somebody without an account could have sent this; else it is a member's whose session has ended."""
    rule = conduct.reasons.get(request.POST.get("reason", ""))
    try:
        _seen(request, label, pk)
    except Http404:
        return False
    return rule is None or rule.visitors


def _seen(request, label, pk):
    from django.apps import apps

    if not subjects.is_known(label):
        raise Http404
    model = apps.get_model(label)
    try:
        fetch(model._default_manager, request.user, pk=pk)
    except (ValueError, TypeError):
        raise Http404 from None
    found = subjects.describe([(label, pk)]).get((label, str(pk)))
    if found is None:
        raise Http404
    return found
