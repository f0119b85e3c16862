"""Where files of models lie in the private store."""

import uuid
from contextlib import contextmanager

from django.utils import timezone

from civitai.errors import TransientError


def new_key():
    return f"models/{timezone.now():%Y/%m}/{uuid.uuid4()}"


@contextmanager
def troubles():
    """The store's and the network's errors are worth another attempt: TransientError."""
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (BotoCoreError, ClientError, HTTPError, ConnectionError) as error:
        raise TransientError(f"the store: {error!r}") from error
