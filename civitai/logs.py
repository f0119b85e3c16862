"""What no log may hold: addresses that are keys themselves."""

import logging
import re

# A removal case's private link (whoever has it acts in the case), that of a letter about a decision (whoever has it
# objects), and a key given in an address.
_SECRETS = re.compile(r"(/removal/|/moderation/letters/)[A-Za-z0-9_:-]{16,}|([?&]token=)[^&\s\"']+")


def masked(text):
    return _SECRETS.sub(lambda found: (found[1] or found[2]) + "-", text)


class WithoutSecrets(logging.Filter):
    """On a handler: every line of every logger passes, with its secrets taken out."""

    def filter(self, record):
        text = record.getMessage()
        if (safe := masked(text)) != text:
            record.msg, record.args = safe, ()
        return True
