from datetime import timedelta

EVERY = {
    "bounties.tick": timedelta(minutes=1),
    "bounties.settle_files": timedelta(minutes=1),
    "bounties.sweep_files": timedelta(minutes=10),
}
