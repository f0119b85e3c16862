from bounties.views.acting import award, cancellation, entries, entry_edit, file, stakes, withdrawal
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
    "new",
    "stakes",
    "withdrawal",
]
