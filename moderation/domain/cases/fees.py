"""What it costs to use a licensed style, and who gets it: asked before the button, paid for finished pictures alone."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from civitai import adapters
from civitai.errors import Refused, StaleState
from civitai.levels import Level
from moderation import subjects
from moderation.case_states import Side
from moderation.domain.cases import acting, executing
from moderation.models import Agreement, CaseParty, LicensedSubject
from moderation.models.case_talks import StyleFee
from wallet.domain import accounts, holding
from wallet.domain.transfers import transfer
from wallet.models import Hold
from wallet.money import split

PURPOSE = "style_fee"
HOLD_LIVES = timedelta(days=7)
LEVELS = {"pg": Level.PG, "pg13": Level.PG13, "r": Level.R}


@dataclass(frozen=True)
class Fee:
    """Of one version: units for each picture, and their shares in basis points by who gets them."""

    units_per_image: int
    shares: dict
    agreement_id: int
    rating: str
    # The name by which the artist wants to be named here; "" where he does not.
    artist: str
    # What was shown before was made without it.
    since: datetime | None = None

    @property
    def level(self):
        """How far pictures may go under it."""
        return LEVELS[self.rating]


def fees_for(version_ids):
    """{version id: Fee} of those that are licensed for a fee now; two queries. Rooms say which things a version is of."""
    version_ids = list(version_ids)
    if not version_ids:
        return {}
    above = adapters.slot("licensed_above", version_ids)
    wanted = {key for keys in above.values() for found in keys for key in found}
    if not wanted:
        return {}
    rows = LicensedSubject.objects.filter(ended_at=None, row__in=[pk for _label, pk in wanted]).select_related(
        "agreement__case"
    )
    alive = {(row.subject, row.row): row.agreement for row in rows if row.agreement.is_alive()}
    fees = {}
    for version_id in version_ids:
        agreements = [alive[key] for keys in above.get(version_id, []) for key in keys if key in alive]
        if agreements:
            fees[version_id] = _fee(agreements[0])
    return fees


def _fee(agreement):
    case = agreement.case
    return Fee(
        units_per_image=agreement.units_per_image,
        shares={
            "artist": agreement.artist_points,
            "uploader": agreement.uploader_points,
            "platform": agreement.platform_points,
        },
        agreement_id=agreement.pk,
        rating=agreement.terms["rating"],
        artist=case.public_name if agreement.terms["attribution"] == "named" else "",
        since=agreement.starts_at,
    )


def per_image(version_ids):
    """(units for each picture, {agreement id as text: units}): one fee for each agreement, however many versions."""
    parts = {str(fee.agreement_id): fee.units_per_image for fee in fees_for(version_ids).values()}
    return sum(parts.values()), parts


def level_limit(parts):
    """How far pictures may go under these agreements ({agreement id as text: …}): the strictest of all; None for none."""
    terms = Agreement.objects.filter(pk__in=[int(pk) for pk in parts]).values_list("terms__rating", flat=True)
    return min((LEVELS[rating] for rating in terms), default=None)


def set_aside(user, parts, count, *, key, url=""):
    """Holds the fees of `count` pictures; None where there are none. `url` is the payer's page of them. Raises NotEnough."""
    return holding.hold(user, sum(parts.values()) * count, key=key, purpose=PURPOSE, lives=HOLD_LIVES, url=url)


def is_held(hold_id):
    """Asked before something is drawn for it. What waited until the fee went back pays the artist nothing."""
    return holding.prolong(hold_id, lives=HOLD_LIVES)


def settle(hold_id, parts, count, *, note=""):
    """Pays for `count` finished pictures, payer → artist, uploader and site in one transfer; the rest goes back. Twice is once."""
    hold = Hold.objects.filter(pk=hold_id).first()
    if hold is None:
        return None
    shares, rows = [], []
    for agreement in Agreement.objects.filter(pk__in=[int(pk) for pk in parts]).select_related("case"):
        units = parts[str(agreement.pk)] * count
        divided = _divided(agreement, units)
        shares += _shares(agreement, divided)
        rows.append(StyleFee(agreement=agreement, hold=hold, images=count, units=units, artist_units=divided["artist"]))
    try:
        if not count:
            return holding.release(hold, because=note)
        with transaction.atomic():
            paid = holding.settle(hold, shares, note=note)
            StyleFee.objects.bulk_create(rows, ignore_conflicts=True)
            return paid
    except StaleState:
        return None  # ended before, in its own way


def release(hold_id, *, because=""):
    hold = Hold.objects.filter(pk=hold_id).first()
    if hold is not None:
        try:
            holding.release(hold, because=because)
        except StaleState:
            pass  # it was paid or has run out: nothing is held any more


def _divided(agreement, units):
    points = {
        "artist": agreement.artist_points,
        "uploader": agreement.uploader_points,
        "platform": agreement.platform_points,
    }
    return split(units, points)


def _shares(agreement, divided):
    to = {
        "artist": purse_of(agreement.case),
        "uploader": _uploader_account(agreement.case),
        "platform": accounts.house("fees"),
    }
    return [(to[name], part) for name, part in divided.items() if part]


def purse_of(case):
    """The artist's account; a purse of the case while he has none here."""
    party = CaseParty.objects.filter(case=case, side=Side.CLAIMANT).select_related("user").first()
    return accounts.of(party.user) if party and party.user else accounts.purse("artist", f"case:{case.pk}")


def _uploader_account(case):
    party = CaseParty.objects.filter(case=case, side=Side.UPLOADER, user__isnull=False).select_related("user").first()
    return accounts.of(party.user) if party else accounts.purse("artist", f"uploader:{case.pk}")


def told_of(holds, *, user):
    """Fills "told_of_hold": {hold's key: "3 pictures in the style of “Linocut”"}, of fees that were paid.

    Who paid reads all of it; who got something, of his own agreements alone. Three queries, none without a fee.
    """
    ours = {hold.pk: hold for hold in holds if hold.purpose == PURPOSE}
    if not ours:
        return {}
    rows = list(StyleFee.objects.filter(hold__in=ours).order_by("pk"))
    own = set(
        CaseParty.objects.filter(user=user, case__agreement__in=[row.agreement_id for row in rows]).values_list(
            "case__agreement", flat=True
        )
    )
    names = _style_names({row.agreement_id for row in rows})
    found = {}
    for row in rows:
        if ours[row.hold_id].owner_id == user.pk or row.agreement_id in own:
            images, called = found.get(row.hold_id, (0, []))
            found[row.hold_id] = max(images, row.images), called + names.get(row.agreement_id, [])
    return {pk: _said(images, called) for pk, (images, called) in found.items()}


def _style_names(agreement_ids):
    """{agreement id: titles of what is licensed under it, as they may be said today}."""
    rows = list(LicensedSubject.objects.filter(agreement__in=agreement_ids).order_by("pk"))
    described = subjects.describe((row.subject, row.row) for row in rows)
    names = defaultdict(list)
    for row in rows:
        if told := described.get((row.subject, row.row)):
            names[row.agreement_id].append(told.title)
    return names


def _said(images, called):
    said = ngettext("%(count)s picture", "%(count)s pictures", images) % {"count": images}
    if not called:
        return said
    called = ", ".join(dict.fromkeys(called))
    return _("%(pictures)s in the style of “%(names)s”") % {"pictures": said, "names": called}


def earned(case):
    """Units that lie in the purse and wait to be claimed."""
    return accounts.purse("artist", f"case:{case.pk}").balance


def total_earned(case):
    """Units that ever came to the artist through this case, whichever account they went to."""
    return StyleFee.objects.filter(agreement__case=case).aggregate(units=Sum("artist_units"))["units"] or 0


def take_purse(case, user):
    """The claimant, who has an account by now, takes what waits; from then on fees go there. Twice is once."""
    with transaction.atomic():
        party = CaseParty.objects.select_for_update().get(case=case, side=Side.CLAIMANT)
        if party.user_id not in (None, user.pk):
            raise Refused(_("Another account takes the fees of this case."), code="taken")
        CaseParty.objects.filter(pk=party.pk).update(user=user)
        purse = accounts.purse("artist", f"case:{case.pk}")
        units = purse.balance
        if units:
            transfer(
                "style_claim",
                key=f"case:{case.pk}:claim:{purse.entries.count()}",
                moves=[(purse, -units), (accounts.of(user), units)],
                by=user,
            )
        acting.note(case, "purse_taken", side=Side.CLAIMANT, facts={"units": units})
    return units


def give_notice(case, side, *, by=None):
    """Either side ends the licence; it holds until the notice is over. Twice is once."""
    with transaction.atomic():
        agreement = Agreement.objects.select_for_update().get(case=case)
        if agreement.terms["outcome"] != "licensed" or agreement.ended_at or agreement.notice_given_at:
            raise Refused(_("There is no licence to end."), code="no_licence")
        now = timezone.now()
        ends = min(now + timedelta(days=agreement.terms["notice_days"]), agreement.ends_at)
        Agreement.objects.filter(pk=agreement.pk).update(notice_given_at=now, ends_at=ends)
        facts = {"until": ["date", ends.isoformat()], "fallback": ["outcome", agreement.terms["fallback"]]}
        acting.note(case, "notice_given", side=side, by=by, facts=facts, letters=acting.both("licence_ended", facts))


def end_overdue(*, now=None):
    """Licences whose time is over: no new jobs, and the fallback of the terms is carried out."""
    now = now or timezone.now()
    over = Agreement.objects.filter(ended_at=None, ends_at__lte=now).select_related("case")
    for agreement in over:
        with transaction.atomic():
            if not Agreement.objects.filter(pk=agreement.pk, ended_at=None).update(ended_at=now):
                continue
            LicensedSubject.objects.filter(agreement=agreement, ended_at=None).update(ended_at=now)
            if agreement.case.state == "closed_licensed":
                executing.start(agreement.case, agreement.terms["fallback"], because="the licence has ended")
