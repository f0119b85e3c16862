"""What has happened in a case, as each side may read it, and what is open."""

from django.utils.translation import gettext as _

from moderation.case_states import CaseState, Side
from moderation.domain.cases import verifying, wording
from moderation.naming import Names

ONLY_CLAIMANT = {
    "purse_taken",
    "new_link",
    "lack",
    "complete",
    "await_proof",
    "page_named",
    "statement",
    "kept_in_account",
    "work_sent",
}
GOOD = {"prove", "executed", "agree"}


def timeline_of(case, side, *, everything=False):
    """Events that this side may read, oldest first, and the open step."""
    events = case.events.order_by("id")
    shown = [
        row
        for row in events
        if everything or not row.is_internal and not (side == Side.UPLOADER and row.kind in ONLY_CLAIMANT)
    ]
    found = [_told(row, case, side) for row in shown]
    if found and not case.is_closed:
        found[-1]["kind"] = found[-1]["kind"] or "now"
    if case.state == CaseState.NEGOTIATING:
        title = _("Your answer") if case.turn == side else _("The other side's answer")
        found.append(
            {"title": title, "text": "", "when": _("by %(due)s") % {"due": wording.day(case.turn_due)}, "kind": "next"}
        )
    return found


def _told(row, case, side):
    facts = wording.told(row.facts)
    who = _("you") if row.side == side else _("the artist") if row.side == Side.CLAIMANT else _("the uploader")
    titles = {
        "received": (_("Case opened"), ", ".join(_titles(row, case))),
        "lack": (_("Something is missing"), facts.get("missing", "")),
        "complete": (_("What was missing has come"), ""),
        "await_proof": (_("Proof asked for"), ""),
        "page_named": (_("You named a page; the words were not on it yet"), ""),
        "statement": (_("Statement for %(month)s") % {"month": facts.get("month_named", "")}, _made(facts)),
        "pass_on": (_("Passed on to a moderator"), ""),
        "prove": (_("You were verified") if side == Side.CLAIMANT else _("The artist was verified"), _proof(row, side)),
        "frozen": (_("Paused"), facts.get("level", "")),
        "freed": (_("Free again"), ""),
        "open_talks": (_("A person has read it; talks begin"), _first_terms(case)),
        "offer": (
            _("Offer %(n)s, from %(who)s") % {"n": facts.get("number"), "who": who},
            _offered(row),
        ),
        "agree": (_("Agreed"), _("Accepted by %(who)s.") % {"who": who}),
        "put_to_decision": (_("A moderator decides"), ""),
        "decided": (_("Decided: %(what)s") % {"what": facts.get("outcome", "")}, row.facts.get("because", "")),
        "carry_out": (_("Being carried out"), facts.get("outcome", "")),
        "executed": (_("Done: %(what)s") % {"what": facts.get("outcome", "")}, _short(facts.get("changed", ""))),
        "silent": (_("The uploader did not answer"), facts.get("silence", "")),
        "rest": (_("The case rests"), ""),
        "come_back": (_("The case goes on"), ""),
        "withdraw": (_("Withdrawn"), ""),
        "call_unfounded": (_("Closed as unfounded"), row.facts.get("because", "")),
        "counter": (_("Counter-notice filed"), ""),
        "let_stand": (_("Court action: it stays away"), ""),
        "appeal": (_("Objection by %(who)s") % {"who": who}, ""),
        "appeal_decided": (
            _("Objection decided: %(what)s") % {"what": facts.get("outcome", "")},
            row.facts.get("because", ""),
        ),
        "notice_given": (_("Notice given by %(who)s") % {"who": who}, facts.get("until", "")),
        "purse_taken": (_("You took what you had earned"), ""),
        "new_link": (_("The private link was replaced"), ""),
        "reopen": (_("Opened again"), ""),
        "moderator_asked": (_("A moderator was asked for by %(who)s") % {"who": who}, ""),
        "file_opened": (
            _("A moderator opened %(name)s") % {"name": row.facts.get("name", "")},
            row.facts.get("because", ""),
        ),
        "work_sent": (_("You sent something only the maker has"), ""),
        "kept_in_account": (_("Kept in your account"), ""),
        "told": (_("The other side was told"), ""),
        "reminded": (_("Reminded"), ""),
        "step": (_("A step was carried out"), _short(facts.get("changed", ""))),
        "track": (_("Track changed"), row.facts.get("because", "")),
        "milder_asked": (_("A milder track was asked for"), ""),
    }
    title, text = titles.get(row.kind, (row.kind, ""))
    return {"title": title, "text": text, "at": row.at, "kind": "good" if row.kind in GOOD else ""}


def _titles(row, case):
    """As they were when the request came, which an event keeps for good; a name that was taken out is not said again."""
    titles = row.facts.get("items", [])
    if not any(target.outcome == "renamed" for target in case.targets.all()):
        return titles
    names = Names(case.names)
    return [title for title in map(names.out_of, titles) if title]


def _made(facts):
    told = {"n": facts.get("images"), "credits": facts.get("credits")}
    return _("Pictures: %(n)s. Came to you: %(credits)s credits.") % told


def _proof(row, side):
    if side != Side.CLAIMANT:
        return ""
    place = row.facts.get("place")
    if row.facts.get("method") == verifying.WORK:
        return _("By a work that only its maker has")
    return _("By words on %(place)s") % {"place": place} if place else _("By a message from your official account")


def _first_terms(case):
    first = case.offers.order_by("number").first()
    return wording.terms_short(first.terms) if first else ""


def _offered(row):
    return wording.terms_short(row.facts["terms"][1]) if "terms" in row.facts else ""


def _short(text):
    return ", ".join(line.removeprefix("- ") for line in text.splitlines()[:3])
