"""The form: without account, without script, and everything typed is kept."""

from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from civitai import limits
from civitai.errors import Refused
from moderation import case_showing
from moderation.case_forms import ELEMENTS, ROLES, SILENT, WHAT, WISHES, ChildForm, RemovalForm
from moderation.domain.cases import evidence, filing
from moderation.domain.cases.filing import Filing


@require_http_methods(["GET", "POST"])
def removal(request):
    """POST files the request and leads to its private page; a refusal keeps the form as it was."""
    if request.method == "POST" and "look" in request.POST:
        return _looked_for(request)
    if request.method == "POST":
        form = RemovalForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                evidence.check(form.cleaned_data["evidence"])
                case, token = filing.file(_filing(form, request))
                evidence.add(case, form.cleaned_data["evidence"])
                return HttpResponseRedirect(reverse("case_private", args=[token]) + "?new=1", status=303)
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                return _form(request, form, status=error.status)
        return _form(request, form, status=400)
    start = {
        "urls": request.GET.get("url", "")[:500],
        "language": get_language() if get_language() == "pt-br" else "en",
    }
    if request.GET.get("what") in dict((row[0], 1) for row in WHAT):
        start["what"] = [request.GET["what"]]
    return _form(request, RemovalForm(initial=start))


def _looked_for(request):
    """The form as it was, with the addresses of the very file added; nothing is kept of it and nothing is filed."""
    typed = {name: request.POST.getlist(name) for name in ("what", "elements")}
    typed |= {name: value for name, value in request.POST.items() if name not in typed}
    refusal, urls = "", []
    try:
        if "mine" not in request.FILES:
            raise Refused(_("Choose the file."))
        urls = filing.look_for(request.FILES["mine"], address=limits.network_of(request))
    except Refused as error:
        refusal = str(error)
    lines = [*(typed.get("urls") or "").splitlines(), *(request.build_absolute_uri(url) for url in urls)]
    typed["urls"] = "\n".join(dict.fromkeys(line.strip() for line in lines if line.strip()))
    told = {"looked": True, "looked_found": len(urls), "looked_refusal": refusal}
    return _form(request, RemovalForm(initial=typed), status=400 if refusal else 200, **told)


@require_http_methods(["GET", "POST"])
def child(request):
    """One line, no name. The answer says that it is hidden; there is nothing to keep and nothing to come back to."""
    form = ChildForm(request.POST or None, initial={"url": request.GET.get("url", "")[:500]})
    if request.method == "POST" and form.is_valid():
        try:
            case = filing.report_child(form.cleaned_data["url"], address=limits.network_of(request))
            is_hidden = all(target.level >= 3 for target in case.targets.all())
            return render(request, "moderation/case_child_done.html", {"is_hidden": is_hidden})
        except Refused as error:
            form.add_error("url", str(error))
    return render(request, "moderation/case_child.html", {"form": form}, status=400 if form.errors else 200)


def _filing(form, request):
    told = form.cleaned_data
    return Filing(
        ticked=tuple(told["what"]),
        urls=tuple(told["urls"]),
        wish=told["wish"],
        if_silent=told["if_silent"],
        names=tuple(told["names"]),
        statement=told["statement"],
        role=told["role"],
        legal_name=told["legal_name"],
        public_name=told["public_name"],
        email=told["email"],
        signature=told["signature"],
        language=told["language"],
        elements=form.given_elements(),
        units_per_image=told["fee"],
        address=limits.network_of(request),
    )


def _form(request, form, *, status=200, **more):
    found, strange = _looked_up(form, request.user)
    context = {
        "form": form,
        "what": [(*row, row[0] in _listed(form["what"].value())) for row in WHAT],
        "wishes": [(*row, row[0] == form["wish"].value()) for row in WISHES],
        "roles": ROLES,
        "silent": SILENT,
        "elements": [(code, text, code in _listed(form["elements"].value())) for code, text in ELEMENTS],
        "found": found,
        "strange": strange,
        "endings": case_showing.endings(),
        "letter": [line.strip() for line in settings.CONTACT_LETTER.split("|") if line.strip()],
        "phone": settings.CONTACT_PHONE.strip(),
        **more,
    }
    return render(request, "moderation/case_form.html", context, status=status)


def _listed(value):
    return [str(one) for one in value or []]


def _looked_up(form, viewer):
    """What the links that were typed lead to, so that the one who looks again sees it."""
    lines = [line.strip() for line in str(form["urls"].value() or "").splitlines() if line.strip()][:50]
    try:
        found, strange = filing.resolved(tuple(lines))
    except Refused:
        return [], []
    addresses = case_showing.small_pictures(found.values(), viewer)
    return [(one, addresses.get(id(one), "")) for one in found.values()], strange
