"""What beat sends for this room."""

from datetime import timedelta

EVERY = {
    "moderation.keep_case_clocks": timedelta(minutes=1),
    "moderation.send_case_mails": timedelta(seconds=20),
}
