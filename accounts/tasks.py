"""Loads by id, makes one domain call."""

from accounts.domain import notices
from accounts.models import User
from civitai.tasks import io_task


@io_task(name="accounts.tell_followers")
def tell_followers(person_id, kind, url, about, key, others=None):
    person = User.objects.get(pk=person_id)
    notices.tell_followers_now(person, kind, url=url, about=about, key=key, others=others)
