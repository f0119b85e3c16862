"""What stands on the front page because moderators chose it."""

from accounts.domain import demo
from accounts.models import User
from models_hub.domain import choosing
from models_hub.models import Choice, Model
from pages.demo import people
from pages.demo.words import CHOICES


def seed_choices(members):
    """Once. The last of them stands first."""
    if Choice.objects.exists():
        return
    second = demo.member(people.SECOND, display_name="Nia Mbeki", is_moderator=True)
    everybody = members | {person.username: person for person in (second, *User.objects.filter(is_superuser=True))}
    models = {model.name: model for model in Model.objects.published().order_by("-id")}
    for name, username, words in reversed(CHOICES):
        if name in models and username in everybody:
            choosing.choose(models[name], by=everybody[username], words=words)
