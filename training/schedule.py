from datetime import timedelta

EVERY = {"training.end_pauses": timedelta(minutes=10), "training.sweep": timedelta(minutes=10)}
