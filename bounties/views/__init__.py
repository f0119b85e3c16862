from bounties.views.acting import award, cancellation, entries, file, stakes, withdrawal
from bounties.views.putting import edit, new
from bounties.views.showing import bounties, bounty

__all__ = [
    "award",
    "bounties",
    "bounty",
    "cancellation",
    "edit",
    "entries",
    "file",
    "new",
    "stakes",
    "withdrawal",
]
