"""Choosing a model for the front page. For moderators and administrators alone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from civitai.access import fetch
from civitai.errors import Refused
from models_hub.domain import choosing
from models_hub.models import Model


@login_required
@require_POST
def choice(request, pk):
    model = _for_the_front(request.user, pk)
    try:
        choosing.choose(model, by=request.user, words=request.POST.get("words", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It stands on the front page for a week."))
    return redirect(model)


@login_required
@require_POST
def removal(request, pk):
    model = _for_the_front(request.user, pk)
    if choosing.take_off(model, by=request.user):
        messages.success(request, _("It is off the front page."))
    return redirect(model)


def _for_the_front(user, pk):
    model = fetch(Model.objects, user, pk=pk)
    if not choosing.may_choose(user):
        raise PermissionDenied
    return model
