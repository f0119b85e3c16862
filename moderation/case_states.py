"""The states of a removal case, and which act is lawful in which of them. The tests walk the whole table."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.states import Moves


class Track(models.TextChoices):
    """Strictest first in `STRICTEST`: where several were ticked, that one rules."""

    STYLE = "style", _("Style or name")
    LIKENESS = "likeness", _("Likeness")
    INTIMATE = "intimate", _("Intimate picture")
    COPYRIGHT = "copyright", _("Own work")
    OTHER = "other", _("Other law")
    CHILD = "child", _("Child safety")


STRICTEST = (Track.CHILD, Track.INTIMATE, Track.COPYRIGHT, Track.LIKENESS, Track.OTHER, Track.STYLE)


class CaseState(models.TextChoices):
    SUBMITTED = "submitted", _("Received")
    INCOMPLETE = "incomplete", _("Something is missing")
    VERIFYING = "verifying", _("Waiting for proof")
    TRIAGE = "triage", _("Being read")
    NEGOTIATING = "negotiating", _("In talks")
    AGREED = "agreed", _("Agreed")
    DECIDING = "deciding", _("Being decided")
    EXECUTING = "executing", _("Being carried out")
    COUNTER_NOTICED = "counter_noticed", _("Counter-notice filed")
    APPEALED = "appealed", _("Objection filed")
    SUSPENDED = "suspended", _("At rest")
    REMOVED = "closed_removed", _("Closed: removed")
    RENAMED = "closed_renamed", _("Closed: name taken out")
    LICENSED = "closed_licensed", _("Closed: fee agreed")
    KEPT = "closed_kept", _("Closed: kept")
    PARTIAL = "closed_partial", _("Closed: in part")
    WITHDRAWN = "closed_withdrawn", _("Closed: withdrawn")
    ABUSIVE = "closed_abusive", _("Closed: unfounded")


S = CaseState
CLOSED = frozenset({S.REMOVED, S.RENAMED, S.LICENSED, S.KEPT, S.PARTIAL, S.WITHDRAWN, S.ABUSIVE})
DECIDED = frozenset({S.REMOVED, S.RENAMED, S.LICENSED, S.KEPT, S.PARTIAL})
OPEN = tuple(state for state in S if state not in CLOSED)

# act → {from: to …}. Nothing else moves a case.
ACTS = {
    "lack": {S.SUBMITTED: {S.INCOMPLETE}},
    "complete": {S.INCOMPLETE: {S.SUBMITTED}},
    "await_proof": {S.SUBMITTED: {S.VERIFYING}},
    "pass_on": {S.SUBMITTED: {S.TRIAGE}},
    "prove": {S.VERIFYING: {S.TRIAGE}},
    "open_talks": {S.TRIAGE: {S.NEGOTIATING}},
    "put_to_decision": {S.TRIAGE: {S.DECIDING}, S.NEGOTIATING: {S.DECIDING}},
    "offer": {S.NEGOTIATING: {S.NEGOTIATING}},
    "agree": {S.NEGOTIATING: {S.AGREED}},
    "carry_out": {S.AGREED: {S.EXECUTING}, S.NEGOTIATING: {S.EXECUTING}, S.DECIDING: {S.EXECUTING}, S.SUSPENDED: {S.EXECUTING}, S.LICENSED: {S.EXECUTING}, S.APPEALED: {S.EXECUTING}, S.COUNTER_NOTICED: {S.EXECUTING}},
    "keep": {S.DECIDING: {S.KEPT}},
    "rest": {S.NEGOTIATING: {S.SUSPENDED}, S.VERIFYING: {S.SUSPENDED}},
    "come_back": {S.SUSPENDED: {S.NEGOTIATING, S.VERIFYING}},
    "withdraw": {state: {S.WITHDRAWN} for state in (S.SUBMITTED, S.INCOMPLETE, S.VERIFYING, S.TRIAGE, S.NEGOTIATING, S.DECIDING, S.SUSPENDED)},
    "call_unfounded": {S.VERIFYING: {S.ABUSIVE}, S.TRIAGE: {S.ABUSIVE}},
    "finish": {S.EXECUTING: {S.REMOVED, S.RENAMED, S.LICENSED, S.KEPT, S.PARTIAL}},
    "counter": {S.REMOVED: {S.COUNTER_NOTICED}},
    "let_stand": {S.COUNTER_NOTICED: {S.REMOVED}},
    "appeal": {state: {S.APPEALED} for state in DECIDED},
    "uphold": {S.APPEALED: set(DECIDED)},
    "reopen": {state: {S.TRIAGE} for state in CLOSED},
}  # fmt: skip


def _moves():
    table = {state: set() for state in S}
    for act in ACTS.values():
        for was, targets in act.items():
            table[was] |= targets
    return Moves(table)


CASE_MOVES = _moves()


class OfferState(models.TextChoices):
    OPEN = "open", _("open")
    SUPERSEDED = "superseded", _("answered by another")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("declined")
    WITHDRAWN = "withdrawn", _("taken back")
    EXPIRED = "expired", _("run out")


OFFER_MOVES = Moves({OfferState.OPEN: set(OfferState) - {OfferState.OPEN}})


class Outcome(models.TextChoices):
    REMOVED = "removed", _("removed")
    RENAMED = "renamed", _("name taken out")
    LICENSED = "licensed", _("licensed for a fee")
    KEPT = "kept", _("kept")
    PARTIAL = "partial", _("in part")
    WITHDRAWN = "withdrawn", _("withdrawn")
    ABUSIVE = "abusive", _("unfounded")


CLOSED_AS = {
    Outcome.REMOVED: S.REMOVED,
    Outcome.RENAMED: S.RENAMED,
    Outcome.LICENSED: S.LICENSED,
    Outcome.KEPT: S.KEPT,
    Outcome.PARTIAL: S.PARTIAL,
    Outcome.WITHDRAWN: S.WITHDRAWN,
    Outcome.ABUSIVE: S.ABUSIVE,
}
OUTCOME_OF = {state: outcome for outcome, state in CLOSED_AS.items()}


class Side(models.TextChoices):
    CLAIMANT = "claimant", _("the artist")
    UPLOADER = "uploader", _("the uploader")


def other(side):
    return Side.UPLOADER if side == Side.CLAIMANT else Side.CLAIMANT
