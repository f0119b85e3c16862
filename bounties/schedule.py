from datetime import timedelta

EVERY = {"bounties.tick": timedelta(minutes=1)}
