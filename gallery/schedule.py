from datetime import timedelta

EVERY = {"gallery.leave_periods": timedelta(minutes=30)}
