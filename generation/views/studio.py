"""The studio: the form, and what came of it. Works by plain forms; htmx makes it live."""

import uuid
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from civitai.errors import Refused
from gallery.metadata import a1111
from gallery.metadata.recipe import Unreadable
from gallery.models import Image
from generation import queries
from generation.domain import asking, tokens
from generation.forms import CreateForm
from generation.prefill import READING, nearest_shape, start_of
from models_hub.models import ModelVersion
from models_hub.queries import loras_for

TYPED = "create_typed"
LORAS_FOUND = 12


@require_http_methods(["GET", "POST"])
def create(request):
    if request.method == "POST":
        return _submitted(request)
    typed = request.session.pop(TYPED, None) if request.user.is_authenticated else None
    if typed is not None:
        return _studio(request, *_from_typed(typed))
    start = start_of(request)
    studio = queries.studio(request.user, base_id=start.base_id, loras=start.loras)
    return _studio(request, CreateForm(initial=_initial(start.values, studio)), studio, start=start)


def _submitted(request):
    form = CreateForm(request.POST)
    if not request.user.is_authenticated:
        # What was typed waits in the visitor's session until he has signed in.
        request.session[TYPED] = request.POST.urlencode()
        return redirect_to_login(reverse("create"))
    if form.is_valid():
        try:
            generation = asking.ask(request.user, _wish(request.user, form))
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            again = {"generation": generation.pk} | ({} if form.cleaned_data["seed"] is not None else {"lot": ""})
            # On a phone the results hang below the form: who pressed the button sees what it did.
            return redirect(f"{reverse('create')}?{urlencode(again)}#works")
    return _studio(request, form, _studio_of(request.user, form), status=400)


def _wish(user, form):
    told = form.cleaned_data
    width, height = form.size()
    base = ModelVersion.objects.visible_to(user).select_related("model").filter(pk=told["base"]).first()
    if base is None:
        raise Refused(_("This base model is not here any more. Choose another one."), field="base")
    loras = queries.versions_of(user, told["loras"])
    if len(loras) != len(told["loras"]):
        raise Refused(_("One of the LoRAs is not here any more. Take it out."))
    remixed = told["remix_of"] and Image.objects.visible_to(user).filter(pk=told["remix_of"]).first()
    names = ("prompt", "negative_prompt", "steps", "cfg_scale", "sampler", "schedule", "seed", "clip_skip", "count")
    return asking.Wish(
        base=base,
        width=width,
        height=height,
        loras=tuple(loras),
        remix_of=remixed or None,
        quote=told["quote"],
        submission=told["submission"] or uuid.uuid4().hex,
        **{name: told[name] for name in names},
    )


def _studio_of(user, form):
    base = str(form.data.get("base", ""))
    return queries.studio(user, base_id=int(base) if base.isdecimal() and len(base) < 16 else None, loras=form.loras())


def _from_typed(typed):
    data = QueryDict(typed, mutable=True)
    data["submission"] = uuid.uuid4().hex
    return _unjudged(CreateForm(data)), None


def _initial(values, studio):
    frame = studio.frame
    plain = {
        "steps": 25,
        "cfg_scale": frame.cfg_scale if frame else 7,
        "sampler": "DPM++ 2M",
        "schedule": "Automatic",
        "clip_skip": 1,
        "count": 1,
    }
    chosen = plain | {name: value for name, value in values.items() if value is not None}
    if frame:
        chosen["shape"] = nearest_shape(chosen.get("shape", ""), frame)
    return chosen | {"base": studio.base.pk if studio.base else None, "submission": uuid.uuid4().hex}


def _studio(request, form, studio, *, start=None, status=200):
    studio = studio or _studio_of(request.user, form)
    out = queries.output(request.user, cursor=request.GET.get("cursor"))
    context = _form_context(request, form, studio) | {"out": out, "start": start, "nav_current": "create"}
    return render(request, "generation/create.html", context, status=status)


def _form_context(request, form, studio):
    shape = form["shape"].value() or ""
    shapes = studio.shapes
    if shape and shape not in [value for value, *_rest in shapes]:
        shapes = [*shapes, (shape, shape.replace("x", " × "), 1)]
    return {
        "form": form,
        "studio": studio,
        "shape": shape,
        "shapes": shapes,
        "tokens": tokens.counted(studio.base, form["prompt"].value() or "") if studio.base else None,
        "lora_text": request.POST.get("lora_text", ""),
    }


@require_POST
def shelf(request):
    """Another base, a LoRA in or out, a search: the whole form again, with all that was typed."""
    data = request.POST.copy()
    if out := data.get("remove"):
        data.setlist("lora", [pk for pk in data.getlist("lora") if pk != out])
    if (added := data.get("add")) and added not in data.getlist("lora"):
        data.appendlist("lora", added)
        data.setdefault(f"weight-{added}", "1")
    form = CreateForm(data)
    studio = _studio_of(request.user, form)
    if studio.frame:
        data["shape"] = nearest_shape(data.get("shape", ""), studio.frame)
    if data.get("base") != data.get("base_before") and studio.frame:
        data["cfg_scale"] = studio.frame.cfg_scale
    context = _form_context(request, _unjudged(form), studio)
    if "find" in data and studio.base:
        context["found"] = list(loras_for(studio.base, request.user, data.get("lora_text", "")[:80])[:LORAS_FOUND])
        context["is_finding"] = True
    if request.htmx:
        return render(request, "generation/_form.html", context)
    out = queries.output(request.user)
    return render(request, "generation/create.html", context | {"out": out, "nav_current": "create"})


def _unjudged(form):
    """Nobody pressed Generate yet: no complaint stands beside a half-filled form."""
    form._errors = {}
    form.cleaned_data = {}
    return form


@require_GET
def token_count(request):
    base = request.GET.get("base", "")
    version = None
    if base.isdecimal() and len(base) < 16:
        version = ModelVersion.objects.visible_to(request.user).filter(pk=base).first()
    count = tokens.counted(version, request.GET.get("prompt", "")[: tokens.MOST_LETTERS]) if version else None
    return render(request, "generation/_tokens.html", {"tokens": count})


@require_POST
def reading(request):
    """A text that another tool wrote ("parameters"): kept for the form, which is then opened with it."""
    text = request.POST.get("text", "")
    try:
        a1111.read(text)
    except Unreadable as error:
        raise Refused(_("These are no settings that we can read.")) from error
    if len(text) > 50_000:
        raise Refused(_("This text is too long to be the settings of one picture."))
    request.session[READING] = text
    url = f"{reverse('create')}?reading="
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"url": url})
    return redirect(url)
