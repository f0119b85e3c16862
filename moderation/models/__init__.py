"""Reports, decisions, appeals, strikes, and the log of all of it."""

from moderation.models.appeals import Appeal
from moderation.models.case_papers import CaseMail, CaseTrace, ClaimantSecret, Evidence, SecretRead, Verification
from moderation.models.case_rulings import CaseAppeal, CaseDecision, CounterNotice, Execution, Freeze
from moderation.models.case_talks import Agreement, LicensedSubject, Offer
from moderation.models.cases import CaseEvent, CaseParty, CaseTarget, RemovalCase
from moderation.models.decisions import Action, Decision, Strike
from moderation.models.items import Item, Note, Report
from moderation.models.letters import DecisionLetter
from moderation.models.log import ModerationEvent
from moderation.models.proposals import Proposal
from moderation.models.quarantine import Quarantine
from moderation.models.registry import RegistryEntry

__all__ = [
    "Action",
    "Agreement",
    "Appeal",
    "CaseAppeal",
    "CaseDecision",
    "CaseEvent",
    "CaseMail",
    "CaseParty",
    "CaseTarget",
    "CaseTrace",
    "ClaimantSecret",
    "CounterNotice",
    "Decision",
    "DecisionLetter",
    "Evidence",
    "Execution",
    "Freeze",
    "Item",
    "LicensedSubject",
    "ModerationEvent",
    "Note",
    "Offer",
    "Proposal",
    "Quarantine",
    "RegistryEntry",
    "RemovalCase",
    "Report",
    "SecretRead",
    "Strike",
    "Verification",
]
