"""What beat sends for this room."""

from datetime import timedelta

EVERY = {
    "moderation.keep_case_clocks": timedelta(minutes=1),
    "moderation.look_at_proof_pages": timedelta(minutes=10),
    "moderation.send_case_mails": timedelta(seconds=20),
    "moderation.keep_proposals": timedelta(minutes=10),
    "moderation.keep_log_head": timedelta(days=1),
    "moderation.send_decision_letters": timedelta(seconds=20),
}
