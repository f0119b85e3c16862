"""Reviews: all of a model's, one with its answers, and writing one's own."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civitai import unsaid
from civitai.access import fetch
from civitai.errors import Refused
from civitai.paging import keyset
from models_hub import reviews as shown
from models_hub.domain import reviewing
from models_hub.forms import ReviewForm
from models_hub.models import Model, ModelVersion, Review


@require_safe
def reviews(request, pk):
    """`show=up|down` chooses those that recommend it, or do not."""
    model = fetch(Model.objects.select_related("owner"), request.user, pk=pk)
    show = request.GET.get("show", "")
    page = keyset(
        shown.listed(model, request.user, show=show),
        order=("-at", "-id"),
        cursor=request.GET.get("cursor"),
        limit=shown.PAGE,
    )
    context = {"model": model, "page": page, "show": show, "verdict": shown.verdict_of(model), "nav_current": "models"}
    return render(request, "models_hub/reviews.html", context)


@require_safe
def review(request, pk):
    row = fetch(Review.objects.select_related("author", "model", "version__model"), request.user, pk=pk)
    context = {"review": row, "model": row.model, "is_own": request.user.pk == row.author_id, "nav_current": "models"}
    return render(request, "models_hub/review.html", context)


@unsaid.login_keeping
@require_http_methods(["GET", "HEAD", "POST"])
def writing(request, pk):
    """One's review of a version: new, or in other words."""
    version = fetch(ModelVersion.objects.select_related("model__owner"), request.user, pk=pk)
    if version.model.owner_id == request.user.pk:
        raise Http404
    known = Review.objects.editable_by(request.user).filter(version=version).first()
    initial = {"recommends": "yes" if known.recommends else "no", "text": known.text} if known else {}
    form = ReviewForm(request.POST or None, initial=initial | unsaid.in_form(request))
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.review(request.user, version, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Thank you. Your review stands on the page."))
            return redirect(f"{version.model.get_absolute_url()}?version={version.pk}#reviews")
    context = {"form": form, "version": version, "model": version.model, "known": known, "nav_current": "models"}
    return render(request, "models_hub/review_write.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def removal(request, pk):
    row = fetch(Review.objects.select_related("model"), request.user, to="edit", pk=pk)
    reviewing.remove(row)
    messages.success(request, _("Your review was removed."))
    return redirect(row.model)
