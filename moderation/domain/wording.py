"""Decisions in words, in the active language: the letters, and what pages say of one."""

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from civitai.levels import highest
from moderation.models import Action, Appeal
from moderation.policy.conduct import conduct


def letter(kind, decision, reader, link):
    """(subject, text) for `reader`; `link` is theirs alone."""
    facts = {"title": decision.title, "name": reader.name}
    subject, paragraphs = LETTERS[kind](decision, reader, facts)
    paragraphs = [_("Hello %(name)s,") % facts, *paragraphs, link]
    paragraphs.append(_("The link is for you alone: whoever has it may read this and object in your name."))
    return " ".join(subject.split()), "\n\n".join(paragraphs) + "\n"


def _decision(decision, reader, facts):
    until = formats.date_format(timezone.localtime(decision.appeal_until), "DATE_FORMAT")
    return _("We decided about “%(title)s”") % facts, [
        decision.statement,
        "\n".join(f"{name}: {value}" for name, value in pairs(decision)),
        _(
            "If you see it differently, object until %(until)s. It costs nothing, and another moderator decides. "
            "You may also turn to a court. Read the decision and object here, without signing in too:"
        )
        % {"until": until},
    ]


def _undone(decision, reader, facts):
    return _("The decision about “%(title)s” was taken back") % facts, [
        _("What we had decided about “%(title)s” does not hold any more. What it changed is as it was before.") % facts
        if decision.owner_id == reader.pk
        else _("Somebody objected to what we had decided about “%(title)s”, and was right.") % facts,
    ]


def _reported(decision, reader, facts):
    paragraphs = [_("You told us of “%(title)s”. A moderator has looked at it.") % facts, outcome_told(decision)]
    if decision.action == Action.KEEP:
        until = formats.date_format(timezone.localtime(decision.at + conduct.appeal_window), "DATE_FORMAT")
        paragraphs.append(_("If you see it differently, object until %(until)s:") % {"until": until})
    return _("What came of your report: “%(title)s”") % facts, paragraphs


def _appeal(decision, reader, facts):
    appeal = Appeal.objects.filter(decision=decision, by=reader).order_by("-pk").first()
    if appeal.state != "upheld":
        told = _("Another moderator has looked at it again. The decision stays.")
    elif appeal.side == "author":
        told = _("Another moderator has looked at it again. You were right: everything is as it was before.")
    else:
        told = _("Another moderator has looked at it again. You were right: it is decided anew.")
    return _("Your objection about “%(title)s” was decided") % facts, [told, appeal.answer]


LETTERS = {
    "decision": _decision,
    "decision_undone": _undone,
    "report_decided": _reported,
    "appeal_decided": _appeal,
}


def done(action):
    """What was done, in a word or two."""
    return {
        Action.KEEP: _("Kept"),
        Action.LEVEL: _("Level changed"),
        Action.HIDE: _("Hidden"),
        Action.PERSON: _("Hidden: shows a real person"),
        Action.SUSPEND: _("Account suspended"),
        Action.RESTORE: _("Restored"),
    }[Action(action)]


def event(what):
    """A line of the log: its acts, and the decisions among them."""
    if what in Action.values:
        return done(what)
    return {
        "undo": _("Decision taken back"),
        "batch": _("Several decided in one go"),
        "proposal": _("A second moderator was asked"),
        "proposal declined": _("A second moderator did not agree"),
        "held": _("Hidden until somebody has looked"),
        "appeal": _("Objection"),
        "appeal granted": _("Objection granted"),
        "appeal refused": _("Objection not granted"),
        "registry": _("Noted, so that it does not come back"),
        "registry withdrawn": _("No longer held back when it comes again"),
        "bounty called off": _("Bounty called off"),
        "chosen": _("Chosen for the front page"),
        "choice taken off": _("Taken off the front page"),
        "case.open_evidence": _("Proof of a case looked at"),
        "case.open_file": _("Withheld file opened"),
        **{f"case.{act}": words for act, words in _acts_of_cases().items()},
    }.get(what, what)


def _acts_of_cases():
    return {
        "lack": _("Request sent back for what is missing"),
        "complete": _("Request completed"),
        "await_proof": _("Proof asked for"),
        "pass_on": _("Request passed on to a person"),
        "prove": _("Artist verified"),
        "open_talks": _("Request read, talks begun"),
        "put_to_decision": _("Case put to a decision"),
        "offer": _("Offer made"),
        "agree": _("Offer accepted"),
        "carry_out": _("Case decided: it is carried out"),
        "keep": _("Case decided: it stays"),
        "rest": _("Case rests"),
        "come_back": _("Case goes on"),
        "withdraw": _("Request withdrawn"),
        "call_unfounded": _("Request called unfounded"),
        "finish": _("Case closed"),
        "counter": _("Request disputed"),
        "let_stand": _("Dispute left to stand"),
        "appeal": _("Objection to a case"),
        "uphold": _("Case stays as it was decided"),
        "reopen": _("Case opened again"),
    }


def outcome_told(decision):
    """What was done, for who reported it: nothing of the person concerned."""
    return {
        Action.KEEP: _("It breaks none of our rules and stays as it is."),
        Action.LEVEL: _("Its level was changed."),
        Action.HIDE: _("It is hidden now."),
        Action.PERSON: _("It is hidden now."),
        Action.SUSPEND: _("It is hidden now, and its account is closed."),
    }[Action(decision.action)]


def pairs(decision, *, side="author"):
    """[(name, value)]: what a statement of reasons must have, for letters and pages alike.

    Reporters read less, moderators (`side` None) also who decided and what the log keeps.
    """
    clause = conduct.clauses.get(decision.clause)
    found = _("A rule of ours found it; a person decided.")
    told = _("Somebody told us; a person decided.")
    rows = [(_("What"), decision.title)]
    if side == "reporter":
        return rows
    rows.append((_("Decision"), done(decision.action)))
    if "became" in decision.before:
        # What undoing gives back may be more than the level; the level stands first.
        was = decision.before["level"]
        was = was[0] if isinstance(was, list) else was
        levels = {"was": highest(was).label, "now": highest(decision.before["became"]).label}
        rows.append((_("Level"), _("%(now)s, before %(was)s") % levels))
    if clause:
        rows.append((_("Rule"), f"{decision.clause} {_(clause.name)}"))
    if side is None:  # moderators
        rows += [(_("Reason"), decision.reason or "–"), (_("By"), decision.by.name)]
        if decision.second_id:
            rows.append((_("Agreed by"), decision.second.name))
    rows.append((_("How it came up"), found if decision.source == "rule" else told))
    return rows
