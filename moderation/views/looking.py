"""Beside the workbench: searching, taking up what was found, and how the team does. For moderators alone."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from moderation import figures, finding, subjects
from moderation.domain import queueing
from moderation.forms import SearchForm
from moderation.views.workbench import bar, for_moderators


@for_moderators
@require_GET
def search(request):
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = finding.find(text)
    context = bar(request.user) | {"text": text, "found": found, "is_empty": not any(found.values())}
    return render(request, "moderation/search.html", context)


@for_moderators
@require_POST
def subject_items(request, label, pk):
    """A moderator takes up what nobody has reported."""
    if not subjects.is_known(label) or subjects.kind_of(label).is_answered or not subjects.describe([(label, pk)]):
        raise Http404
    item = queueing.raise_item(
        (label, pk), queue="reports", because=gettext_noop("A moderator has found it"), by=request.user
    )
    return redirect(f"{reverse('workbench')}?queue={item.queue}&item={item.pk}")


@for_moderators
@require_GET
def team_figures(request):
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, figures.PERIODS) else figures.PERIODS[1]
    context = bar(request.user) | {
        "days": days,
        "figures_current": True,
        "periods": figures.PERIODS,
        "queues_told": figures.of_queues(days),
        "rules": figures.of_rules(days),
        "moderators": figures.of_moderators(days) if request.user.is_superuser else None,
    }
    return render(request, "moderation/figures.html", context)
