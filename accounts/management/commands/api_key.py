"""Prints a new API key of a member, alone on stdout, so that a script may take it: `KEY=$(manage.py api_key ana)`."""

from django.core.management.base import BaseCommand, CommandError

from accounts.domain import keys
from accounts.models import User
from accounts.scopes import FULL, READ_ONLY
from civitai.errors import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--scopes", choices=("full", "read"), default="full")
        parser.add_argument("--days", type=int, help="ends after so many days; without it, never")
        parser.add_argument("--name", default="manage.py")

    def handle(self, *, username, scopes, days, name, **options):
        user = User.objects.named(username).filter(is_active=True).first()
        if user is None:
            raise CommandError(f"There is no member {username!r}.")
        try:
            _key, token = keys.issue(user, name=name, scopes=FULL if scopes == "full" else READ_ONLY, days=days)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(token)
