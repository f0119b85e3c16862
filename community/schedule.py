from datetime import timedelta

EVERY = {"community.nudge_pictures": timedelta(seconds=60)}
