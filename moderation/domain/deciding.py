"""A moderator decides: what happens to the thing, what the person is told, what the log keeps. And the way back."""

import re
from datetime import timedelta

from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from civitai import adapters
from civitai.errors import Refused
from civitai.moderated import QUARANTINED
from moderation import subjects
from moderation.case_states import Outcome
from moderation.domain import keeping_out, log, quarantining, queueing, seconding, striking, telling
from moderation.domain.cases import freezing
from moderation.models import Action, CaseTarget, Decision, Freeze, Item
from moderation.policy.conduct import conduct
from moderation.states import AppealState, ItemState


def decide(
    item, by, *, action, clause="", reason="", facts="", level=None, strike=False, second=None, batch=None
):  # fmt: skip
    """The Decision on an open item. `reason` is the log's; `facts` are what the person reads of what was seen.

    Raises Refused: another has it, it is one's own, the why is missing or not filled in, or a `second` moderator has to
    agree (code "second").
    """
    if action not in Action.values or action == Action.RESTORE:
        raise Refused(_("Choose what happens."), field="action")
    kind = subjects.kind_of(item.subject)
    if kind.is_answered:
        raise Refused(_("This is an objection: it is granted or not, by another moderator."), code="appealed")
    item = queueing.claim(item, second or by)
    described = subjects.describe([(item.subject, item.row)]).get((item.subject, item.row))
    owner = described.owner if described else None
    if owner == by:
        raise Refused(_("It is yours. Another moderator decides."), code="conflict")
    if action != Action.KEEP:
        _check_why(clause, reason, facts)
        if described is None:
            raise Refused(_("It is not there any more."), code="gone")
    with transaction.atomic():
        item = Item.objects.select_for_update().get(pk=item.pk)
        if item.state != ItemState.OPEN:
            raise Refused(_("This is decided already."), code="decided")
        if second is not None:
            seconding.check_second(by, second, owner)
        elif described and (why := seconding.needed_for(kind.row(item.row), action, owner)):
            raise Refused(why, code="second")
        rule = conduct.clauses.get(clause)
        hidden_for = QUARANTINED if rule and rule.quarantine else reason
        before = _act(kind, item, action, by=by, reason=hidden_for, level=level, owner=owner) if described else {}
        decision = Decision.objects.create(
            item=item,
            subject=item.subject,
            row=item.row,
            title=described.title[:200] if described else "",
            url=described.url[:300] if described else "",
            owner=owner,
            action=action,
            clause=clause if action != Action.KEEP else "",
            reason=reason.strip()[:1000],
            statement=statement_of(action, clause, described, owner, strike=strike, facts=facts) if described else "",
            source=item.source,
            found_by_machine=item.source == "rule",
            by=by,
            second=second,
            batch=batch,
            before=before,
            appeal_until=None if action == Action.KEEP else timezone.now() + conduct.appeal_window,
        )
        keeping_out.enter(decision)
        _consequences(decision, strike=strike, by=by)
        item.move(ItemState.DECIDED, by=by, because=action, decided_at=timezone.now())
        log.record(
            action,
            by=by,
            subject=(item.subject, item.row),
            title=decision.title,
            because=decision.reason,
            clause=decision.clause,
            before=before,
        )
        seconding.over(item, by)
        telling.decided(decision)
        _watch(by)
    return decision


def _watch(by):
    """A stolen account decides fast: past a number an hour, others look at it. Once in that hour."""
    since = timezone.now() - timedelta(hours=1)
    if Decision.objects.filter(by=by, at__gte=since).count() == conduct.second.alarm_an_hour:
        queueing.raise_item(
            ("accounts.User", by.pk), queue="reports", because=gettext_noop("Very many decisions in an hour"),
            severity="P0", source="rule",
        )  # fmt: skip


def _check_why(clause, reason, facts):
    if clause not in conduct.clauses:
        raise Refused(_("Choose the rule that it breaks."), field="clause")
    if len(reason.strip()) < 3:
        raise Refused(_("Say in a few words why. It goes to the log."), field="reason")
    if re.search(r"\[[^\]]*\]", facts):
        raise Refused(_("Fill in what stands in brackets, or take it out: the person reads it."), field="facts")


def _act(kind, item, action, *, by, reason, level, owner):
    """Does it, and returns what was before, so that undoing puts exactly that back."""
    row = kind.row(item.row)
    if action == Action.KEEP:
        return _released(kind, row, item, by)
    if kind.is_let_out_alone:
        raise Refused(_("Decide about each of them by itself; then let the others out."), field="action")
    if action == Action.LEVEL:
        if kind.set_level is None or level not in kind.levels:
            raise Refused(_("Choose a level."), field="level")
        # The level is the answer: what was held for it is not held any longer.
        return {"level": kind.set_level(row, level, by=by), "became": level} | _released(kind, row, item, by)
    if action == Action.SUSPEND:
        if owner is None or owner.is_moderator:
            raise Refused(_("A moderator's account is not suspended from here."), code="conflict")
        was_active = owner.is_active
        owner.shut_out()
        was = {"suspended": was_active, "hidden": False}
        return was | (_hidden(kind, row, by, reason) if kind.label != "accounts.User" else {})
    if kind.label == "accounts.User":
        raise Refused(_("An account is suspended, not hidden."), field="action")
    if action == Action.PERSON and kind.mark_person is None:
        raise Refused(_("That can be said of models and images alone."), field="action")
    was = _hidden(kind, row, by, reason)
    if action == Action.PERSON:
        was["person"] = kind.mark_person(row, True, by=by)
    return was


def _released(kind, row, item, by):
    """What a rule or a first report held comes out by a person's word."""
    held = row.hidden_reason if getattr(row, "hidden_at", None) and row.hidden_by_id is None else ""
    told = held in (queueing.REPORTED, QUARANTINED)
    if not held or not (item.source == "rule" or told) or held.startswith("case "):
        return {}
    return {"released": held} if _let_out(kind, item.row, by) or held == QUARANTINED else {}


def _hidden(kind, row, by, reason):
    """Whether this act hid it. What was hidden before stays so when the act is undone, under the name it had."""
    under = (row.hidden_by_id, row.hidden_reason) if getattr(row, "hidden_at", None) else None
    if under and under[1] == QUARANTINED:
        # Out of quarantine is by two, who keep it; another rule does not give its bytes back.
        reason = QUARANTINED
    if reason == QUARANTINED:
        quarantining.impose(kind, row, by=by)
        if under is None:
            return {"hidden": True}
        row.take_over(by=by, reason=reason)
        return {"hidden": False, "under": list(under)}
    if kind.hide(row, by=by, reason=reason[:300]) is not False:
        return {"hidden": True}
    if under is None or (under[0] is not None and not under[1].startswith("with ")):
        return {"hidden": False}
    # Else it would come out with the end of a case, or with its post, whatever was decided here.
    row.take_over(by=by, reason=reason[:300])
    return {"hidden": False, "under": list(under)}


def _let_out(kind, pk, by):
    """Whether it is seen again: what a removal case took out or holds meanwhile stays with the case."""
    if CaseTarget.objects.filter(subject=kind.label, row=pk, outcome=Outcome.REMOVED).exists():
        return False
    if quarantining.lift(kind, pk):
        return False
    was_let_out = kind.restore(kind.row(pk), by=by) is not False
    if level := freezing.effective(kind.label, pk):
        held = Freeze.objects.filter(target__subject=kind.label, target__row=pk, lifted_at=None, level=level).first()
        adapters.tell("frozen", subject=kind.label, pk=pk, level=level, was=0, case=held.target.case)
    return was_let_out


def _consequences(decision, *, strike, by):
    if not strike or decision.owner is None or decision.action in (Action.KEEP, Action.SUSPEND):
        return
    _row, consequence = striking.strike(decision)
    if consequence and consequence[0] == "suspend" and not decision.owner.is_moderator:
        # Nobody is ended by a counter: a moderator looks at the whole of it.
        queueing.raise_item(
            ("accounts.User", decision.owner_id),
            queue="reports",
            because=gettext("Three strikes"),
            clause=decision.clause,
            severity="P2",
        )


def statement_of(action, clause, described, owner, *, strike=False, facts=""):
    """What the person reads, in the person's language: what, the rule, the facts, what it means, how to object."""
    if action == Action.KEEP or clause not in conduct.clauses:
        return ""
    with translation.override(getattr(owner, "language", "") or "en"):
        until = formats.date_format(timezone.now() + conduct.appeal_window, "DATE_FORMAT")
        parts = [gettext(conduct.clauses[clause].statement).format(title=described.title)]
        parts += [facts.strip()[:600]] if facts.strip() else []
        parts.append(
            {
                Action.HIDE: gettext("It is hidden. Nothing of it is deleted."),
                Action.PERSON: gettext("It is hidden. Nothing of it is deleted."),
                Action.LEVEL: gettext("Its level was changed."),
                Action.SUSPEND: gettext("Your account is suspended. Nothing of it is deleted."),
            }[Action(action)]
        )
        if strike:
            parts.append(
                gettext("You have a strike for it; it counts for %(days)s days.") % {"days": conduct.strike_lives.days}
            )
            consequence = striking.ahead(owner) if owner else None
            if consequence and consequence[0] == "mute":
                parts.append(
                    gettext("Because of it you can't write comments and reviews for %(days)s days.")
                    % {"days": consequence[1]}
                )
        parts.append(
            gettext("A person decided this. You may object until %(until)s; it costs nothing.") % {"until": until}
        )
    return " ".join(parts)


def facts_wanted(owner):
    """{clause: [sentences to choose from and fill in]}, in the language of who reads it."""
    with translation.override(getattr(owner, "language", "") or "en"):
        return {key: [gettext(text) for text in clause.facts] for key, clause in conduct.clauses.items()}


def undo(decision, by, *, because="", appeal=None):
    """Puts back exactly what the decision changed, and opens its item again. Twice is once.

    `appeal`: the one that it is undone for. Raises Refused for a decision about oneself, and for one that somebody
    has objected to: that is answered, not passed by.
    """
    with transaction.atomic():
        decision = Decision.objects.select_for_update().get(pk=decision.pk)
        if decision.undone_at:
            return decision
        if decision.owner_id == by.pk:
            raise Refused(_("It is about you. Another moderator decides."), code="conflict")
        if appeal is None and decision.appeals.filter(state=AppealState.OPEN).exists():
            raise Refused(_("Somebody has objected to it: the objection is decided, in its queue."), code="appealed")
        put_back(decision, by, appeal=appeal)
        keeping_out.withdraw(decision, by=by)
        decision.undone_at = timezone.now()
        decision.save(update_fields=["undone_at"])
        if decision.item and decision.item.state == ItemState.DECIDED and not _waits_again(decision.item):
            decision.item.move(
                ItemState.OPEN,
                by=by,
                because="undone",
                decided_at=None,
                claimed_by=by,
                # As any claim: without an end nobody else would ever get it.
                claimed_until=timezone.now() + queueing.CLAIM,
            )
        log.record(
            "undo",
            by=by,
            subject=(decision.subject, decision.row),
            title=decision.title,
            because=because or "undone",
            clause=decision.clause,
            after=decision.before,
        )
        telling.undone(decision, appeal=appeal)
    return decision


def _waits_again(item):
    """It was reported anew meanwhile: one open item for each thing is enough."""
    return Item.objects.filter(subject=item.subject, row=item.row, queue=item.queue, state=ItemState.OPEN).exists()


def put_back(decision, by, *, appeal=None):
    """What the decision changed, as it was. Granted on appeal, what was held before is not held again."""
    kind, was = subjects.kind_of(decision.subject), decision.before
    if not was:
        return
    row = kind.row(decision.row)
    if was.get("released"):
        held = was["released"] if isinstance(was["released"], str) else queueing.HELD
        if held == QUARANTINED:
            quarantining.impose(kind, row)
        else:
            kind.hide(row, by=None, reason=held)
    if "level" in was:
        kind.set_level(row, was["level"], by=by)
    if "person" in was:
        kind.mark_person(row, was["person"], by=by)
    # After the flag: what shows a real person is not let out by the database.
    if was.get("hidden"):
        _let_out(kind, decision.row, by)
    elif "under" in was:
        _back_under(kind, decision.row, was["under"], by, is_granted=appeal is not None)
    if was.get("suspended"):
        decision.owner.let_in()
    if hasattr(decision, "strike"):
        striking.void(decision.strike)


def _back_under(kind, pk, under, by, *, is_granted):
    """To what had hidden it before, when that still holds."""
    held_by, reason = under
    is_over = reason.startswith("case ") and not freezing.effective(kind.label, pk)
    if is_over or (is_granted and reason in queueing.UNTIL_LOOKED_AT):
        _let_out(kind, pk, by)
    else:
        if reason != QUARANTINED:
            quarantining.lift(kind, pk)
        kind.row(pk).take_over(by=User.objects.filter(pk=held_by).first(), reason=reason)
