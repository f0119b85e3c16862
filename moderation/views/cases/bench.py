"""Cases as moderators see and decide them. To others these pages are not there."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from civitai import storages
from civitai.errors import Refused
from moderation import case_forms as forms
from moderation import case_showing, case_timeline
from moderation.case_policy import policy
from moderation.case_states import CaseState
from moderation.domain.cases import appealing, boxes, deciding, inspecting, talking, verifying, wording
from moderation.models import Evidence, RemovalCase
from moderation.views.workbench import for_moderators


@for_moderators
@require_GET
def cases(request):
    return render(request, "moderation/case_queue.html", {"cases": case_showing.queue()})


@for_moderators
def case(request, reference, act=""):
    row = get_object_or_404(RemovalCase, reference=reference)
    if not act:
        return _page(request, row)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if act not in ACTS:
        raise Http404
    try:
        told = ACTS[act](request, row)
    except Refused as error:
        return _page(request, row, status=error.status, refusal=str(error))
    if isinstance(told, dict):
        return _page(request, row, **told)
    messages.success(request, told)
    return HttpResponseRedirect(reverse("case_bench", args=[reference]), status=303)


def _page(request, row, *, status=200, **more):
    row.refresh_from_db()
    found = row.appeals.filter(decided_at=None).first()
    level = max((target.level for target in row.targets.all()), default=0)
    context = {
        "case": row,
        "targets": [(target, wording.level(target.level), shots) for target, shots in case_showing.looked_at(row)],
        "wish": wording.wish(row.wish),
        "silence": wording.silence(row.if_silent),
        "timeline": case_timeline.timeline_of(row, "", everything=True),
        "offers": [(one, wording.terms(one.terms)) for one in row.offers.all()],
        "evidence": row.evidence.all(),
        "verifications": row.verifications.all(),
        "appeal": found,
        "is_other": bool(found) and not appealing.has_decided(row, request.user),
        "may_talk": row.state == CaseState.TRIAGE and policy.tracks[row.track].talks,
        "may_rule": row.state in (CaseState.TRIAGE, CaseState.DECIDING),
        "may_call_unfounded": row.state in (CaseState.TRIAGE, CaseState.VERIFYING),
        "may_tick": row.state == CaseState.VERIFYING,
        "may_hide": level < policy.tracks[row.track].freeze_claimed and not row.is_closed,
        "files": inspecting.files_of(row) if level else [],
        "asked": row.decisions.filter(what__startswith="track:", second=None).first(),
        "ruling_form": forms.RulingForm(was=found.was if found else ""),
        "item_outcomes": forms.RULINGS,
        "tick_form": forms.TickForm(),
        "track_form": forms.TrackForm(initial={"track": row.track}),
        **more,
    }
    return render(request, "moderation/case_bench.html", context, status=status)


def claims(request, row):
    deciding.claim(row, request.user)
    return _("It is yours for half an hour.")


def talks(request, row):
    talking.open_talks(row, by=request.user)
    return _("The talks have begun.")


def rulings(request, row):
    told = _told(forms.RulingForm(request.POST))
    per_item = {str(pk): request.POST.get(f"item-{pk}", "") for pk in row.targets.values_list("pk", flat=True)}
    per_item = {pk: outcome for pk, outcome in per_item.items() if outcome}
    deciding.decide(row, by=request.user, outcome=told["outcome"], because=told["because"], per_item=per_item)
    return _("Decided.")


def _told(form):
    if not form.is_valid():
        raise Refused(_("Give the reason, and choose what shall happen."))
    return form.cleaned_data


def proofs(request, row):
    told = _told(forms.TickForm(request.POST))
    verifying.tick(row, by=request.user, because=told["because"], method=told["method"])
    return _("The claimant is verified.")


def rejections(request, row):
    verifying.reject(row, by=request.user, because=_told(forms.ReasonForm(request.POST))["because"])
    return _("Closed as unfounded.")


def tracks(request, row):
    told = _told(forms.TrackForm(request.POST))
    done = deciding.change_track(row, told["track"], by=request.user, because=told["because"])
    return _("The track is changed.") if done else _("Another moderator must agree to a milder track.")


def hidings(request, row):
    deciding.hide_now(row, by=request.user, because=_told(forms.ReasonForm(request.POST))["because"])
    return _("It is hidden.")


def resolutions(request, row):
    found = row.appeals.filter(decided_at=None).first()
    if found is None:
        raise Refused(_("There is no objection to decide."))
    told = _told(forms.RulingForm(request.POST, was=found.was))
    appealing.resolve(found, by=request.user, outcome=told["outcome"], because=told["because"])
    return _("The objection is decided.")


def reopenings(request, row):
    appealing.reopen(row, by=request.user, because=_told(forms.ReasonForm(request.POST))["because"])
    return _("The case is open again.")


def secrets(request, row):
    """Shown once, for a purpose that stays on record."""
    purpose = _told(forms.ReasonForm(request.POST))["because"]
    return {"secret": boxes.open_secret(row, purpose=purpose[:60], by=request.user)}


def works(request, row):
    pk = request.POST.get("evidence", "")
    found = row.evidence.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 16 else None
    if found is None:
        raise Http404
    name, url = inspecting.open_evidence(found, by=request.user)
    return {"opened": {"name": name, "url": url}}


def files(request, row):
    """A link for five minutes; that it was asked for, and why, stays on record."""
    asked = [request.POST.get(name, "") for name in ("target", "number")]
    if not all(text.isdecimal() and len(text) < 16 for text in asked):
        raise Http404
    because = _told(forms.ReasonForm(request.POST))["because"]
    name, url = inspecting.open_file(
        row, target_id=int(asked[0]), number=int(asked[1]), by=request.user, because=because
    )
    return {"opened": {"name": name, "url": url}}


ACTS = {
    "files": files,
    "works": works,
    "claims": claims,
    "talks": talks,
    "rulings": rulings,
    "proofs": proofs,
    "rejections": rejections,
    "tracks": tracks,
    "hidings": hidings,
    "resolutions": resolutions,
    "reopenings": reopenings,
    "secrets": secrets,
}


@for_moderators
@require_GET
def evidence(request, reference, pk):
    row = get_object_or_404(Evidence, case__reference=reference, pk=pk)
    if not row.shown_key:
        raise Http404
    return HttpResponse(storages.private().read(row.shown_key), content_type="image/webp")
