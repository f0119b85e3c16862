"""Reports, decisions, appeals, strikes, and the log of all of it."""

from moderation.models.appeals import Appeal
from moderation.models.decisions import Action, Decision, Strike
from moderation.models.items import Item, Note, Report
from moderation.models.log import ModerationEvent

__all__ = ["Action", "Appeal", "Decision", "Item", "ModerationEvent", "Note", "Report", "Strike"]
