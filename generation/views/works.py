"""What is in the works: live state, previews, and what a member does with it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from civitai.access import fetch
from generation import queries
from generation.domain import asking, drawing, sharing
from generation.models import Generation


@require_GET
@login_required
def works(request):
    """The right side of the studio; 204 while it looks the way it was last seen."""
    out = queries.output(request.user)
    if request.GET.get("seen") == out.seen:
        return HttpResponse(status=204)
    return render(request, "generation/_works.html", {"out": out})


@require_GET
@login_required
def preview(request, pk):
    image = drawing.preview_of(fetch(Generation.objects, request.user, pk=pk))
    if image is None:  # not begun, or just finished: an ordinary moment, no error in anybody's console
        return HttpResponse(status=204)
    return HttpResponse(image, content_type="image/webp", headers={"Cache-Control": "no-store"})


@require_POST
@login_required
def cancellation(request, pk):
    fetch(Generation.objects, request.user, to="edit", pk=pk).cancel(by=request.user)
    return _works(request)


@require_POST
@login_required
def dismissal(request, pk):
    asking.dismiss(fetch(Generation.objects, request.user, to="edit", pk=pk), by=request.user)
    return _works(request)


@require_POST
@login_required
def posts(request, pk):
    generation = fetch(Generation.objects, request.user, to="edit", pk=pk)
    chosen = [int(text) for text in request.POST.getlist("result") if text.isdecimal() and len(text) < 16]
    post = sharing.post(generation, by=request.user, result_ids=chosen or None)
    images = list(post.images.all()[:2])
    return redirect(images[0] if len(images) == 1 else post)


def _works(request):
    if request.htmx:
        return render(request, "generation/_works.html", {"out": queries.output(request.user)})
    return redirect("create")
