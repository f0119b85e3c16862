"""The day's reward, and tips."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from civitai.access import fetch
from civitai.errors import Refused
from wallet.context import balance_of
from wallet.domain import rewards, tipping
from wallet.forms import TipForm
from wallet.money import shown
from wallet.policy import policy


@login_required
@require_POST
def daily_reward(request):
    _transfer, is_new = rewards.claim_daily(request.user)
    told = _("%(credits)s credits of bonus are yours.") if is_new else _("You have had today's %(credits)s already.")
    messages.success(request, told % {"credits": shown(policy.daily)})
    return redirect("wallet")


@login_required
@require_http_methods(["GET", "POST"])
def tip(request, username):
    person = fetch(User.objects, request.user, username__iexact=username)
    about = _own_page(request, request.POST.get("about") or request.GET.get("about", ""))
    form = TipForm(request.POST if request.method == "POST" else None, initial={"submission": uuid.uuid4().hex})
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            told = form.cleaned_data
            try:
                tipping.tip(request.user, person, told["amount"], key=told["submission"], url=about, note=told["note"])
            except Refused as refused:
                status = refused.status
                form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
            else:
                messages.success(
                    request,
                    _("%(credits)s credits went to %(name)s.")
                    % {"credits": shown(told["amount"]), "name": person.name},
                )
                return redirect(about or person)
    context = {"person": person, "form": form, "about": about, "balance": balance_of(request)}
    return render(request, "wallet/tip.html", context, status=status)


def _own_page(request, url):
    """The page that the tip is for, when it is one of this site."""
    is_ours = url.startswith("/") and len(url) <= 300
    return url if is_ours and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""
