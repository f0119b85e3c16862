"""A post in the making: pictures arrive, say how they were made, and are shown."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civitai.access import fetch
from civitai.errors import Refused
from civitai.ordering import moved
from community.domain import pictures
from gallery import queries
from gallery.domain import editing, posting
from gallery.forms import ImageForm, PlainUploadForm, PostForm
from gallery.models import Image, Post
from gallery.settings_shown import pairs_of
from gallery.states import PostState
from models_hub.models import ModelVersion

MAX_BYTES = pictures.MAX_BYTES


@login_required
@require_http_methods(["GET", "POST"])
def new(request):
    """GET shows an empty editor and makes nothing; POST takes files from a plain form and begins the draft."""
    version = _version(request, request.POST.get("version") or request.GET.get("version"))
    form = PlainUploadForm()
    if request.method == "POST":
        form = PlainUploadForm(request.POST, request.FILES)
        files = form.cleaned_data["files"] if form.is_valid() else []
        if not files and form.is_valid():
            form.add_error("files", _("Choose at least one picture."))
        elif files:
            post, refusals = editing.begin_with_files(request.user, files, version=version)
            _tell(request, refusals)
            if post is not None:
                return redirect("post_edit", post.pk)
    return render(request, "gallery/post_edit.html", _editor(request, None, version=version, plain=form))


@login_required
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    """POST keeps what was typed, and with "publish" shows the post. What is refused stands beside its field."""
    post = fetch(Post.objects.select_related("version__model"), request.user, to="edit", pk=pk)
    if request.method == "GET":
        return render(request, "gallery/post_edit.html", _editor(request, post))
    files = request.FILES.getlist("files")
    rows = queries.draft_images(post)
    form = PostForm(request.POST)
    image_forms = [ImageForm(request.POST, image=row, user=request.user) for row in rows if _is_sent(request, row)]
    if not all([form.is_valid(), *[one.is_valid() for one in image_forms]]):
        return render(request, "gallery/post_edit.html", _editor(request, post, form, image_forms), status=400)
    try:
        order = moved(_numbers(request.POST.getlist("order")), request.POST.get("move", ""))
        _tell(request, editing.keep(post, form.cleaned_data, image_forms, order=order, files=files))
        if "publish" in request.POST:
            posting.publish(post, request.user)
            messages.success(request, _("Published."))
            return redirect("post", post.pk)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return render(request, "gallery/post_edit.html", _editor(request, post, form, image_forms), status=400)
    return redirect("post_edit", post.pk)


@login_required
@require_POST
def post_images(request):
    """The uploader's side: upload= becomes an image of post=, or of a new draft. Answers with its editor."""
    upload = _uuid(request.POST.get("upload"))
    number = request.POST.get("post", "")
    if number:
        post = fetch(Post.objects, request.user, to="edit", pk=int(number) if number.isdecimal() else 0)
    else:
        post = None
    version = _version(request, request.POST.get("version"))
    image = editing.add_upload(request.user, upload, post=post, version=version)
    response = render(request, "gallery/_image_editor.html", _image_context(request, image), status=201)
    response["X-Post"] = str(image.post_id)
    response["X-Post-Edit"] = reverse("post_edit", args=[image.post_id])
    return response


@login_required
@require_safe
def image_editor(request, pk):
    """One image's part of the editor; asks for itself again until its picture is ready."""
    image = fetch(
        Image.objects.select_related("picture", "post").prefetch_related("resources__version__model"),
        request.user,
        to="edit",
        pk=pk,
    )
    if image.picture.state == "pending":
        return HttpResponse(status=204)  # nothing to swap; the page asks again
    return render(request, "gallery/_image_editor.html", _image_context(request, image))


@login_required
@require_POST
def image_removal(request, pk):
    image = fetch(Image.objects.select_related("post"), request.user, to="edit", pk=pk)
    post = posting.remove_image(image, request.user)
    if request.htmx and request.POST.get("in") == "editor":
        return HttpResponse("")
    messages.success(request, _("The image was removed."))
    if post.state == PostState.REMOVED:
        return redirect("images")
    return redirect("post_edit" if post.state == PostState.DRAFT else "post", post.pk)


@login_required
@require_POST
def post_removal(request, pk):
    posting.remove(fetch(Post.objects, request.user, to="edit", pk=pk), request.user)
    messages.success(request, _("The post was removed."))
    return redirect("images")


@login_required
@require_POST
def post_withdrawal(request, pk):
    post = posting.withdraw(fetch(Post.objects, request.user, to="edit", pk=pk), request.user)
    messages.success(request, _("The post is a draft again; only you see it."))
    return redirect("post_edit", post.pk)


def _editor(request, post, form=None, image_forms=(), *, version=None, plain=None):
    said = {one.image.pk: one for one in image_forms}
    rows = queries.draft_images(post) if post else []
    if form is None:
        tags = ", ".join(tag.name for tag in post.tags.all()) if post else ""
        form = PostForm(initial={"title": post.title, "description": post.description, "tags": tags} if post else {})
    return {
        "nav_current": "images",
        "post": post,
        "version": post.version if post else version,
        "form": form,
        "plain": plain or PlainUploadForm(),
        "editors": [_image_context(request, row, said.get(row.pk)) for row in rows],
        "max_bytes": MAX_BYTES,
        "is_published": bool(post) and post.state == PostState.PUBLISHED,
    }


def _image_context(request, image, form=None):
    return {
        "image": image,
        "picture": image.picture,
        "image_form": form or ImageForm(image=image, user=request.user),
        "pairs": pairs_of(image) if image.settings else [],
        "found": bool(image.prompt or image.settings),
    }


def _is_sent(request, image):
    """Images that came while the form was open are not in it, and nothing is changed in them."""
    return f"image-{image.pk}-level" in request.POST


def _tell(request, refusals):
    for sentence in refusals:
        messages.error(request, sentence)


def _version(request, text):
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return fetch(ModelVersion.objects.select_related("model"), request.user, pk=int(text))


def _numbers(texts):
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]


def _uuid(text):
    try:
        return uuid.UUID(str(text))
    except ValueError:
        raise Http404 from None
