"""Bounties: what members pay for together, who pays, what is entered, and who got what."""

from bounties.models.bounty import LIVE, Bounty, BountyPicture, BountyType, Following, Rest
from bounties.models.entry import Entry, EntryFile, EntryFileCheck, EntryPicture
from bounties.models.stake import Benefactor, Stake
from bounties.models.withheld import FROZEN, QUARANTINED, UNLISTED

__all__ = [
    "FROZEN",
    "LIVE",
    "QUARANTINED",
    "UNLISTED",
    "Benefactor",
    "Bounty",
    "BountyPicture",
    "BountyType",
    "Entry",
    "EntryFile",
    "EntryFileCheck",
    "EntryPicture",
    "Following",
    "Rest",
    "Stake",
]
