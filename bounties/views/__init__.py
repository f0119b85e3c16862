from bounties.views.acting import award, cancellation, entries, entry_edit, file, following, stakes, withdrawal
from bounties.views.putting import edit, new
from bounties.views.showing import bounties, bounty, entry

__all__ = [
    "award",
    "bounties",
    "bounty",
    "cancellation",
    "edit",
    "entries",
    "entry",
    "entry_edit",
    "file",
    "following",
    "new",
    "stakes",
    "withdrawal",
]
