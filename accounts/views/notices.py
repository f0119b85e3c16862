"""/notifications/: what a member was told, by day; and which kinds they want to hear of."""

from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries
from accounts.domain import notices
from accounts.forms import KindsForm
from civitai import adapters
from civitai.paging import keyset


@login_required
@never_cache
@require_safe
def notifications(request):
    page = keyset(queries.notifications(request.user), order=("-at", "-id"), cursor=request.GET.get("cursor"), limit=50)
    neutral = adapters.slot("neutral_by_url", list({row.url for row in page.rows if row.url}), user=request.user)
    days = groupby((_shown(row, neutral) for row in page.rows), key=lambda row: timezone.localdate(row["at"]))
    return render(
        request,
        "accounts/notifications.html",
        {"page": page, "days": [(day, list(rows)) for day, rows in days], "today": timezone.localdate()},
    )


def _shown(row, neutral):
    """`neutral`: of what is unlisted by now, what it is called and where it lies instead; it is its own again after."""
    kind = notices.kind_of(row.kind)
    about, url = next(iter(neutral.get(row.url, ())), (row.about, row.url))
    by = row.by.name if row.by else gettext("A former member")
    text = kind.sentence(by=by, about=about, others=row.others)
    return {"row": row, "at": row.at, "icon": kind.icon, "text": text, "url": url, "unread": row.read_at is None}


@login_required
@require_POST
def reading(request):
    """One (`pk`) or all are read. A script asks for one when its link is followed, and wants no page."""
    pk = request.POST.get("pk", "")
    notices.read(request.user, pk=int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else None)
    return HttpResponse(status=204) if pk else redirect("notifications")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def kinds(request):
    form = KindsForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        notices.choose(request.user, form.cleaned_data["kinds"])
        messages.success(request, gettext("Saved."))
        return redirect("settings_notices")
    context = {"settings_current": "notices", "form": form}
    return render(request, "accounts/settings_notices.html", context, status=422 if form.is_bound else 200)
