"""Settings: the tags one never wants to see."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from civitai.errors import Refused
from community import queries
from community.domain import tagging
from community.forms import HiddenTagsForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hidden_tags(request):
    initial = {"tags": ", ".join(tag.name for tag in queries.hidden_tags(request.user))}
    form = HiddenTagsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            tagging.hide(request.user, tagging.split(form.cleaned_data["tags"]))
        except Refused as refusal:
            form.add_error("tags", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_hidden_tags")
    context = {"settings_current": "hidden_tags", "form": form}
    return render(request, "community/settings_hidden_tags.html", context, status=422 if form.is_bound else 200)
