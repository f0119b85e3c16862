"""The page of a case: by a private link for who asks, by the account for the uploader. Each act is a noun below it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from civitai import limits
from civitai.access import fetch
from civitai.errors import Refused
from moderation import case_forms as forms
from moderation import case_showing
from moderation.case_states import Side
from moderation.domain.cases import appealing, evidence, fees, filing, talking, verifying
from moderation.models import RemovalCase


# A form of a page with no-referrer comes without an origin, so Django can't tell it from a stranger's; what allows the
# act is the secret in the address, which a stranger's page does not have.
@csrf_exempt
def private(request, token, act=""):
    case = filing.by_token(token, address=limits.network_of(request))
    if case is None:
        raise Http404
    response = _answer(request, case, Side.CLAIMANT, reverse("case_private", args=[token]), act)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@login_required
@require_GET
def mine(request):
    """The cases that this member is a side of."""
    response = render(request, "moderation/cases.html", {"cases": case_showing.cases_of(request.user)})
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
def own(request, reference, act=""):
    """A side that has an account: the uploader, or a claimant who keeps it there. A moderator is sent to his own page."""
    case = fetch(RemovalCase.objects, request.user, reference=reference)
    sides = set(case.parties.filter(user=request.user).values_list("side", flat=True))
    if not sides:
        return HttpResponseRedirect(reverse("case_bench", args=[reference]))
    side = Side.UPLOADER if Side.UPLOADER in sides else Side.CLAIMANT
    response = _answer(request, case, side, reverse("case", args=[reference]), act)
    response["Cache-Control"] = "private, no-store"
    return response


def _answer(request, case, side, base, act):
    if not act:
        return _page(request, case, side, base)
    does = ACTS.get(act)
    if does is None or side not in does[0]:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        told = does[1](request, case, side)
    except _Again as again:
        return _page(request, case, side, base, status=400, **again.context)
    except Refused as error:
        return _page(request, case, side, base, status=error.status, refusal=str(error))
    if isinstance(told, dict):
        return _page(request, case, side, base, **told)
    if act == "links":
        return HttpResponseRedirect(reverse("case_private", args=[told]) + "?new=1", status=303)
    if told:
        messages.success(request, told)
    return HttpResponseRedirect(base, status=303)


class _Again(Exception):
    """The form comes back with all that was typed."""

    def __init__(self, **context):
        super().__init__()
        self.context = context


def _page(request, case, side, base, *, status=200, **more):
    case.refresh_from_db()
    context = case_showing.page_of(case, side, request.user)
    offered = context["offer"]["row"].terms if context["offer"] else {}
    context |= {
        "base": base,
        "by_link": base.startswith("/removal/"),
        "is_new": "new" in request.GET,
        "address": request.build_absolute_uri(base),
        "addition_form": forms.AdditionForm(),
        "proof_form": forms.ProofForm(),
        "work_form": forms.WorkForm(),
        "appeal_form": forms.TextForm(),
        "counter_form": forms.CounterForm(),
        "offer_form": forms.OfferForm(initial=_offered(case, offered)),
        **more,
    }
    return render(request, "moderation/case_page.html", context, status=status)


def _offered(case, terms):
    """The next offer begins with what is on the table."""
    from wallet.money import shown

    start = {"version": case.version, "outcome": terms.get("outcome", "licensed")}
    if terms.get("outcome") == "licensed":
        names = ("months", "notice_days", "rating", "fallback", "attribution")
        start |= {name: terms[name] for name in names}
        start |= {"fee": shown(terms["units_per_image"]), "artist": terms["artist_points"] // 100}
    return start


def _valid(form, **context):
    if not form.is_valid():
        raise _Again(**context)
    return form.cleaned_data


def _or_again(do, form, **context):
    """Runs the domain; its refusal stands at its field and the form is kept."""
    try:
        return do()
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        raise _Again(**context) from error


def additions(request, case, side):
    form = forms.AdditionForm(request.POST)
    told = _valid(form, addition_form=form)
    names = [name.strip() for name in told["names"].split(",") if name.strip()]
    given = form.given()

    def do():
        return filing.complete(case, elements=given, work=told["work"], signature=told["signature"], names=names)

    _or_again(do, form, addition_form=form)
    return _("Thank you. It goes on from here.")


def proofs(request, case, side):
    form = forms.ProofForm(request.POST)
    told = _valid(form, proof_form=form)
    _or_again(lambda: verifying.check_page(case, told["page"]), form, proof_form=form)
    return _("The words are there: you are verified.")


def works(request, case, side):
    form = forms.WorkForm(request.POST, request.FILES)
    told = _valid(form, work_form=form)
    _or_again(
        lambda: evidence.add_work(case, told["kind"], file=told["file"], url=told["url"], words=told["words"]),
        form,
        work_form=form,
    )
    return _("It is here. A moderator looks at it, mostly within a day.")


def offers(request, case, side):
    form = forms.OfferForm(request.POST)
    told = _valid(form, offer_form=form, is_offering=True)

    def do():
        return talking.offer(
            case, side, form.terms(), message=told["message"], expected=told["version"], by=_by(request, side)
        )

    _or_again(do, form, offer_form=form, is_offering=True)
    return _("Your offer is on the table.")


def _by(request, side):
    """Who acts, by his account. A claimant is a side without a name, whoever is signed in on his machine."""
    return request.user if side == Side.UPLOADER else None


def moderators(request, case, side):
    filing.ask_moderator(case, side, by=_by(request, side))
    return _("A moderator is asked, and looks at the talks.")


def accounts(request, case, side):
    if not request.user.is_authenticated:
        raise Refused(_("Sign in first, then open this page again."))
    filing.keep_in_account(case, request.user)
    return _("You find it among your cases from now on.")


def acceptances(request, case, side):
    """First what is bound by it, once more; with `sure` it binds."""
    terms_hash, offer_id = request.POST.get("hash", ""), request.POST.get("offer", "")
    if "sure" not in request.POST:
        return {"is_accepting": True}
    offer_id = int(offer_id) if offer_id.isdecimal() and len(offer_id) < 16 else 0
    talking.accept(case, side, offer_id=offer_id, terms_hash=terms_hash, by=_by(request, side))
    return _("Agreed. It is being carried out.")


def refusals(request, case, side):
    talking.decline(case, side, expected=_version(request), by=_by(request, side))
    return _("The talks have ended; a moderator decides.")


def _version(request):
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def withdrawals(request, case, side):
    filing.withdraw(case, expected=_version(request))
    return _("Your request is withdrawn.")


def returns(request, case, side):
    talking.come_back(case, expected=_version(request))
    return _("The case goes on.")


def appeals(request, case, side):
    form = forms.TextForm(request.POST)
    told = _valid(form, appeal_form=form)
    appealing.appeal(case, side, told["text"], by=_by(request, side))
    return _("Your objection is filed.")


def counter_notices(request, case, side):
    form = forms.CounterForm(request.POST)
    told = _valid(form, counter_form=form)
    _or_again(lambda: appealing.counter_notice(case, told, by=request.user), form, counter_form=form)
    return _("Your counter-notice is filed; the other side gets a copy, as the law wants.")


def suits(request, case, side):
    appealing.suit(case)
    return _("Noted: it stays away.")


def notices(request, case, side):
    fees.give_notice(case, side, by=_by(request, side))
    return _("Notice is given.")


def purses(request, case, side):
    if not request.user.is_authenticated:
        raise Refused(_("Sign in first, then open this page again."))
    fees.take_purse(case, request.user)
    return _("It is in your wallet now, and what comes later goes there.")


def links(request, case, side):
    return filing.new_link(case)


BOTH, CLAIMANT, UPLOADER = (Side.CLAIMANT, Side.UPLOADER), (Side.CLAIMANT,), (Side.UPLOADER,)
ACTS = {
    "additions": (CLAIMANT, additions),
    "proofs": (CLAIMANT, proofs),
    "works": (CLAIMANT, works),
    "offers": (BOTH, offers),
    "acceptances": (BOTH, acceptances),
    "refusals": (BOTH, refusals),
    "withdrawals": (CLAIMANT, withdrawals),
    "returns": (CLAIMANT, returns),
    "appeals": (BOTH, appeals),
    "counter-notices": (UPLOADER, counter_notices),
    "suits": (CLAIMANT, suits),
    "notices": (BOTH, notices),
    "purses": (CLAIMANT, purses),
    "links": (CLAIMANT, links),
    "moderators": (BOTH, moderators),
    "accounts": (CLAIMANT, accounts),
}
