"""The wizard: what → version → files → licence → pictures → review. Every step is a plain form and saves by itself too."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from civitai import unsaid
from civitai.access import fetch
from civitai.errors import Refused
from civitai.preferences import LEVELS
from models_hub import showing, wizard
from models_hub.domain import publishing
from models_hub.domain.publishing import Unfinished
from models_hub.forms import FORMS
from models_hub.models import Model, ModelVersion
from models_hub.queries import model_card, picture_card, version_files
from models_hub.states import AWAY, ModelState


@login_required
@require_http_methods(["GET", "POST"])
def new(request):
    """POST makes a draft and goes to its first step. GET says what publishing is, and has the button."""
    if request.method == "POST":
        model = publishing.start(request.user)
        return redirect(wizard.url_of(model, model.versions.get(), "what"))
    return render(request, "models_hub/model_new.html", {"nav_current": "models"})


@unsaid.login_keeping
@require_http_methods(["GET", "POST"])
def edit(request, pk, step):
    model, version = mine(request, pk)
    form = _form(request, step, model, version)
    if request.method == "GET" or form is None:
        return _page(request, step, model, version, form)
    try:
        if form.is_valid():
            _write(request, step, model, version, form.cleaned_data)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    if "X-Autosave" in request.headers:
        return _autosaved(form)
    if not form.is_valid():
        return _page(request, step, model, version, form, status=422)
    then = request.POST.get("then")
    return redirect(wizard.url_of(model, version, then if then in wizard.STEPS else wizard.after(step)))


def mine(request, pk):
    """The model and the version that the page is about: ?version=, else the newest that is not removed."""
    model = fetch(Model.objects.select_related("cover"), request.user, to="edit", pk=pk)
    versions = ModelVersion.objects.editable_by(request.user).filter(model=model)
    asked = request.POST.get("version") or request.GET.get("version")
    if asked:
        versions = versions.filter(pk=asked) if asked.isdecimal() and len(asked) < 15 else versions.none()
    version = versions.order_by("index", "-id").first()
    if version is None:
        raise Http404
    version.model = model
    return model, version


def _form(request, step, model, version):
    if step not in FORMS:
        return None
    row = version if step == "version" else model
    initial = {name: getattr(row, name) for name in FORMS[step].base_fields if name != "tags"}
    if step == "what":
        initial["tags"] = [tag.name for tag in model.tags.all()] if request.method == "GET" else []
    if request.method == "GET":
        return FORMS[step](initial=initial | unsaid.in_form(request))
    changed = request.POST.getlist("changed") if "X-Autosave" in request.headers else None
    return FORMS[step](request.POST, initial=initial, changed=changed)


def _write(request, step, model, version, cleaned):
    if step == "version":
        publishing.describe_version(version, by=request.user, **cleaned)
    else:
        publishing.describe(model, by=request.user, **cleaned)


def _autosaved(form):
    if form.errors:
        errors = {name: [str(error) for error in found] for name, found in form.errors.items()}
        return JsonResponse({"error": _("Not saved yet: one field needs another look."), "errors": errors}, status=422)
    return JsonResponse({"saved_at": timezone.now().isoformat(timespec="seconds")})


def _page(request, step, model, version, form, *, status=200, lacks=None):
    return render(
        request,
        f"models_hub/edit_{step}.html",
        context_of(request, step, model, version, form=form, lacks=lacks),
        status=status,
    )


def context_of(request, step, model, version, *, form=None, lacks=None):
    files = version_files(version, request.user)
    samples = list(version.samples.select_related("picture"))
    lacks = publishing.lacks(model, version) if lacks is None else lacks
    card = model_card(model, request.user)
    card["base"] = version.base_model
    first = next((sample.picture for sample in samples if sample.picture.state == "ready"), None)
    if first:
        card["cover"] = picture_card(first)
    card["name"] = card["name"] or _("Without a name")
    return {
        "nav_current": "models",
        "model": model,
        "version": version,
        "step": step,
        "step_label": wizard.STEPS[step],
        "steps": wizard.steps_of(model, version, step, files=files, samples=samples, lacks=lacks),
        "before": wizard.before(step),
        "before_label": wizard.STEPS.get(wizard.before(step)),
        "before_url": wizard.url_of(model, version, wizard.before(step)) if wizard.before(step) else "",
        "after_url": wizard.url_of(model, version, wizard.after(step)) if wizard.after(step) else "",
        "after_label": wizard.ON_TO.get(step),
        "form": form,
        "files": files,
        "ready": [file for file in files if file.state == "ready"],
        "has_others": model.versions.exclude(state__in=AWAY).exclude(pk=version.pk).exists(),
        "saved_at": max(model.updated_at, version.updated_at),
        "samples": samples,
        "lacks": [(lack, wizard.url_of(model, version, lack.step)) for lack in lacks],
        "licence": wizard.licence_panel(model, version),
        "licence_url": wizard.url_of(model, version, "licence"),
        "card": card,
        "origin": showing.origin_of(version, request.user) if step == "review" else None,
        "levels": LEVELS,
        "is_pending": any(sample.picture.state == "pending" for sample in samples),
        "is_checking": any(file.state == "checking" for file in files),
    }


@login_required
@require_http_methods(["GET"])
def preview(request, pk):
    """The steps and the right column anew, after something was saved."""
    model, version = mine(request, pk)
    step = request.GET.get("step")
    context = context_of(request, step if step in wizard.STEPS else "what", model, version)
    return render(request, "models_hub/_edit_preview.html", context)


@login_required
@require_POST
def versions(request, pk):
    """Another version: an empty draft."""
    model = fetch(Model.objects, request.user, to="edit", pk=pk)
    version = publishing.add_version(model, by=request.user)
    return redirect(wizard.url_of(model, version, "version"))


@login_required
@require_POST
def publication(request, pk):
    """Publish the version and its model, or show everything that is missing."""
    model, version = mine(request, pk)
    if request.POST.get("withdraw"):
        return _withdraw(request, model, version)
    try:
        model = publishing.publish(model, by=request.user, version=version)
    except Unfinished as unfinished:
        messages.error(request, str(unfinished))
        return _page(request, "review", model, version, None, status=422, lacks=unfinished.lacks)
    messages.success(request, _("It is published."))
    return redirect(model)


def _withdraw(request, model, version):
    if request.POST["withdraw"] == "version":
        publishing.unpublish_version(version, by=request.user)
        messages.success(request, _("This version is unpublished. Only you see it."))
    else:
        publishing.unpublish(model, by=request.user)
        messages.success(request, _("It is unpublished. Only you see it."))
    return redirect(wizard.url_of(model, version, "review"))


@login_required
@require_POST
def removal(request, pk):
    """Delete a draft, or remove what was published; `scope` is version or model."""
    model, version = mine(request, pk)
    if request.POST.get("scope") == "version":
        publishing.remove_version(version, by=request.user)
        messages.success(request, _("The version is removed."))
        return redirect(model) if model.state == ModelState.PUBLISHED else redirect("model_edit", model.pk, "what")
    publishing.remove(model, by=request.user)
    messages.success(request, _("It is removed."))
    return redirect("my_models")
