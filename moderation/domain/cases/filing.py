"""A request arrives: whatever it lacks, it is kept; what must not wait is hidden before the answer goes out."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import adapters, limits
from civitai.errors import Refused, StaleState, TooMany
from moderation import subjects
from moderation.case_policy import policy
from moderation.case_states import STRICTEST, CaseState, Side, Track
from moderation.domain import queueing
from moderation.domain.cases import acting, boxes, freezing, verifying
from moderation.domain.cases.wording import ELEMENTS
from moderation.models import CaseParty, CaseTarget, ClaimantSecret, RemovalCase
from moderation.naming import Names

QUEUE, MINORS = "cases", "minors"
DAY, MIB = timedelta(days=1), 1024 * 1024


# Hidden on a word alone: where that comes in numbers, a person looks before.
HIDES_FIRST = (Track.CHILD, Track.INTIMATE, Track.COPYRIGHT, Track.LIKENESS)


@dataclass(frozen=True)
class Filing:
    """What a form brings. `urls` are lines as they were typed; `elements` those of a copyright notice that are there."""

    ticked: tuple
    urls: tuple
    wish: str = "renamed"
    if_silent: str = "renamed"
    names: tuple = ()
    statement: str = ""
    role: str = "self"
    legal_name: str = ""
    public_name: str = ""
    email: str = ""
    phone: str = ""
    signature: str = ""
    language: str = "en"
    elements: frozenset = frozenset()
    units_per_image: int = 0
    address: str = ""
    evidence: tuple = ()
    proof_page: str = ""
    more: dict = field(default_factory=dict)


def file(filing):
    """(the RemovalCase, its private token). Raises Refused with its field, TooMany."""
    track = next((one for one in STRICTEST if one in filing.ticked), None)
    if track is None:
        raise Refused(_("Say what it is."), field="what")
    found, strange = resolved(filing.urls)
    if not found:
        raise Refused(
            _("None of these lines is the address of something on this site."), field="urls", code="no_target"
        )
    network = boxes.keyed("network", filing.address)
    _limit(track, network)
    token = boxes.new_token()
    try:
        with transaction.atomic():
            case = _write(filing, track, token, network)
            _add_targets(case, found)
            _begin(case, filing, token)
    except IntegrityError as error:
        if "one_open_case_of_claimant" in str(error):
            raise Refused(
                _("You have an open request about this already; its link is in your mail."), field="urls"
            ) from error
        raise
    return case, token


def report_child(url, *, address=""):
    """A child is shown in a sexual way: one line, no name. Hidden before the answer goes out, and read first of all.

    What is reported already is the same case. Returns it. Raises Refused with its field.
    """
    found, _strange = resolved([url.strip()])
    known = RemovalCase.objects.open().filter(track=Track.CHILD, targets__subject__in=[label for label, _pk in found])
    known = known.filter(targets__row__in=[pk for _label, pk in found]).first()
    if known is not None:
        put_before_moderators(known, policy.tracks[Track.CHILD].severity)
        return known
    wishes = {"wish": "removed", "if_silent": "removed"}
    case, _token = file(Filing(ticked=(Track.CHILD,), urls=(url.strip(),), address=address, role="noticed", **wishes))
    return case


def resolved(urls):
    """({(label, key): Described}, lines that name nothing here). Content rooms fill the slot "resolve_url"."""
    paths = {}
    for line in urls:
        parts = urlsplit(line if "://" in line else f"//{line}" if not line.startswith("/") else line)
        here = urlsplit(settings.SITE_URL)
        is_ours = not parts.netloc or parts.netloc.rpartition("@")[2] in {here.netloc, *_names_of_ours()}
        paths[line] = f"{parts.path}?{parts.query}" if is_ours and parts.path else None
    told = adapters.slot("resolve_url", [path for path in paths.values() if path])
    named = {line: told[path][0] for line, path in paths.items() if path and told.get(path)}
    described = subjects.describe(list(dict.fromkeys(named.values())))
    found, strange = {}, []
    for line, key in ((line, named.get(line)) for line in urls):
        key = key and (key[0], str(key[1]))
        if key in described:
            found[key] = described[key]
        else:
            strange.append(line)
    if len(found) > policy.limits.targets:
        raise Refused(_("At most %(n)s links in one request.") % {"n": policy.limits.targets}, field="urls")
    return found, strange


def look_for(file, *, address=""):
    """Addresses here of the very file that is handed over, which is not kept. Content rooms fill the slot "find_by_sha256".

    Raises Refused with its field, TooMany.
    """
    limits.allow(f"look:{boxes.keyed('network', address)}", most=policy.limits.looks_an_hour, seconds=3600)
    if file.size > policy.limits.work_mb * MIB:
        raise Refused(_("A file has at most %(n)s MB here.") % {"n": policy.limits.work_mb}, field="mine")
    digest = hashlib.sha256()
    for part in file.chunks():
        digest.update(part)
    value = digest.hexdigest()
    keys = [key for told in adapters.slot("find_by_sha256", [value]).get(value, []) for key in told]
    described = subjects.describe(keys[: policy.limits.targets])
    return [one.url for one in described.values() if one.url]


def _names_of_ours():
    return {host for host in settings.ALLOWED_HOSTS if host not in ("*", "")} | {"localhost"}


def _limit(track, network):
    """Intimate requests are never turned away; they are looked at by a person first when they come in numbers."""
    if track in (Track.INTIMATE, Track.CHILD):
        return
    if (
        RemovalCase.objects.filter(network=network, created_at__gte=timezone.now() - DAY).count()
        >= policy.limits.requests_a_day
    ):
        raise TooMany(_("That was a lot of requests from one place for one day. Go on tomorrow."), retry_after_s=3600)


def _write(filing, track, token, network):
    rule, now = policy.tracks[track], timezone.now()
    case = RemovalCase.objects.create(
        reference=boxes.new_reference(),
        track=track,
        ticked=sorted(set(filing.ticked)),
        policy_version=policy.version,
        role=filing.role,
        wish=filing.wish,
        if_silent=filing.if_silent,
        names=Names(filing.names).given[:20],
        statement=filing.statement[:4000],
        public_name=filing.public_name[:120],
        language=filing.language,
        elements=sorted(set(filing.elements) & set(ELEMENTS)),
        token_hash=boxes.hash_of(token),
        claimant_key=boxes.keyed("claimant", filing.email or token),
        network=network,
        read_due=now + timedelta(hours=rule.read_h),
        decide_due=now + timedelta(hours=rule.decide_h),
    )
    told = {
        "legal_name": filing.legal_name,
        "email": filing.email,
        "phone": filing.phone,
        "signature": filing.signature,
        "units": filing.units_per_image,
    }
    ClaimantSecret.objects.create(case=case, box=boxes.sealed(told))
    CaseParty.objects.create(case=case, side=Side.CLAIMANT, alias=filing.public_name)
    return case


def _add_targets(case, found):
    snapshots = adapters.slot("case_snapshot", list(found))
    for (label, pk), described in found.items():
        CaseTarget.objects.create(
            case=case,
            subject=label,
            row=pk,
            title=described.title[:200],
            url=described.url[:300],
            owner=described.owner,
            snapshot={
                "owner": getattr(described.owner, "username", ""),
                **{name: value for told in snapshots.get((label, pk), []) for name, value in told.items()},
            },
            claimant_key=case.claimant_key,
            track=case.track,
        )
        if described.owner is not None:
            CaseParty.objects.get_or_create(case=case, side=Side.UPLOADER, user=described.owner)


def _begin(case, filing, token):
    link = settings.SITE_URL + reverse("case_private", args=[token])
    letter = (Side.CLAIMANT, "received", {"link": {"sealed": boxes.sealed(link)}})
    acting.note(
        case,
        "received",
        side=Side.CLAIMANT,
        facts={"items": list(case.targets.values_list("title", flat=True)), "wish": ["wish", case.wish]},
        letters=[letter],
    )
    go_on(case)


def missing_of(case):
    """What a request still lacks before it can go on; an intimate one never lacks anything that we can find."""
    if case.track == Track.COPYRIGHT:
        return [code for code in ELEMENTS if code not in case.elements]
    if case.track == Track.STYLE and case.wish == "renamed" and not case.names:
        return ["names"]
    return []


def go_on(case):
    """A submitted case goes where it belongs; in the same transaction what must not wait is hidden."""
    missing = missing_of(case)
    if missing:
        until = timezone.now() + policy.clocks.incomplete_days
        facts = {"missing": ["elements", missing], "until": ["date", until.isoformat()]}
        acting.act(case, "lack", side="system", facts=facts, letters=[(Side.CLAIMANT, "incomplete", facts)])
        return
    rule = policy.tracks[case.track]
    needs_proof = case.track in (Track.STYLE, Track.LIKENESS)
    person_first = case.track in HIDES_FIRST and comes_in_numbers(case)
    if not person_first:
        freezing.freeze_all(case, rule.freeze_claimed, reason=f"{case.track}:claimed")
    if needs_proof:
        verifying.ask(case)
    else:
        acting.act(case, "pass_on", side="system", facts={"person_first": person_first})
    if needs_proof and not person_first:
        return
    put_before_moderators(
        case, rule.severity, because=_("Many at once: look before anything is hidden") if person_first else ""
    )


def put_before_moderators(case, severity, *, because=""):
    queueing.raise_item(
        acting.named(case),
        queue=MINORS if case.track == Track.CHILD else QUEUE,
        severity=severity,
        because=because or case.get_track_display(),
        source="notice",
    )


def comes_in_numbers(case):
    """More than a few of one network, or against one member, within a day."""
    since, most = timezone.now() - DAY, policy.limits.intimate_a_day
    recent = RemovalCase.objects.filter(created_at__gte=since, track=case.track).exclude(pk=case.pk)
    owners = list(case.targets.exclude(owner=None).values_list("owner", flat=True))
    of_network = recent.filter(network=case.network).count()
    against = recent.filter(targets__owner__in=owners).distinct().count()
    return max(of_network, against) >= most


def complete(case, *, elements=(), work="", signature="", names=(), expected=None):
    """The claimant adds what was missing. Raises Refused when something still is, naming it."""
    with transaction.atomic():
        row = acting.locked(case)
        row.elements = sorted(set(row.elements) | (set(elements) & set(ELEMENTS)))
        row.names = Names([*row.names, *names]).given[:20]
        if work:
            row.statement = f"{row.statement}\n\n{work}".strip()[:4000]
        if signature:
            told = boxes.open_secret(row, purpose="adding a signature") | {"signature": signature}
            ClaimantSecret.objects.filter(case=row).update(box=boxes.sealed(told))
        row.save(update_fields=["elements", "names", "statement"])
        missing = missing_of(row)
        if not missing:
            acting.act(case, "complete", side=Side.CLAIMANT, expected=expected)
            go_on(case)
    if missing:
        case.refresh_from_db()
        from moderation.domain.cases.wording import element

        raise Refused("; ".join(element(code) for code in missing), field="elements", code="still_missing")
    return case


def withdraw(case, *, expected=None):
    """The claimant takes it back; whatever was paused is free again."""
    with transaction.atomic():
        acting.act(case, "withdraw", side=Side.CLAIMANT, expected=expected, letters=acting.both("withdrawn", {}))
        freezing.freeze_all(case, 0, reason="withdrawn")
        case.offers.filter(state="open").first() and case.offers.get(state="open").move("withdrawn")
    return case


def keep_in_account(case, user):
    """The claimant finds it among his cases from now on, and hears of it on the site too. Raises Refused. Twice is once."""
    with transaction.atomic():
        party = CaseParty.objects.select_for_update().get(case=case, side=Side.CLAIMANT)
        if party.user_id not in (None, user.pk):
            raise Refused(_("Another account keeps this case."), code="taken")
        if party.user_id is None:
            CaseParty.objects.filter(pk=party.pk).update(user=user)
            acting.note(case, "kept_in_account", side=Side.CLAIMANT)


def ask_moderator(case, side, *, by=None):
    """In talks: a person shall look at how they go. Once for each turn, so that nobody is called ten times. Raises Refused."""
    with transaction.atomic():
        row = acting.locked(case)
        if row.state != CaseState.NEGOTIATING:
            raise StaleState
        since = row.offers.order_by("-number").values_list("at", flat=True).first()
        if row.events.filter(kind="moderator_asked", side=side, at__gte=since).exists():
            raise Refused(_("A moderator has been asked already, and looks at it."), code="asked")
        acting.note(row, "moderator_asked", side=side, by=by)
        put_before_moderators(row, "P2", because=_("A moderator is asked for in the talks"))


def new_link(case):
    """The old private link dies, the new one goes to the claimant by mail. Returns the new token."""
    token = boxes.new_token()
    with transaction.atomic():
        RemovalCase.objects.filter(pk=case.pk).update(token_hash=boxes.hash_of(token))
        link = settings.SITE_URL + reverse("case_private", args=[token])
        acting.note(
            case,
            "new_link",
            side=Side.CLAIMANT,
            letters=[(Side.CLAIMANT, "link", {"link": {"sealed": boxes.sealed(link)}})],
        )
    return token


def by_token(token, *, address):
    """The case of a private link, or None. Wrong links are counted by where they come from. Raises TooMany."""
    case = RemovalCase.objects.filter(token_hash=boxes.hash_of(token)).first() if 16 <= len(token) <= 40 else None
    if case is None:
        limits.allow(f"link:{boxes.keyed('network', address)}", most=policy.limits.wrong_links_an_hour, seconds=3600)
    return case


def is_waiting_for_claimant(case):
    return case.state in (CaseState.INCOMPLETE, CaseState.VERIFYING) or case.turn == Side.CLAIMANT
