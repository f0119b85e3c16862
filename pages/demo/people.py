"""Who lives on the demo site. The first three sign in; their passwords are printed, so they exist in demo settings alone."""

import zlib
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts import queries
from accounts.domain import demo, following, notices
from accounts.models import User

PASSWORD = demo.PASSWORD
UNREAD = 4


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    bio: str
    language: str = ""
    role: str = ""
    is_moderator: bool = False

    @property
    def email(self):
        return f"{self.role or self.username}@example.org"


PEOPLE = [
    Person("ines", "Inês Albuquerque", "Azulejos, bondes e flores que não existem. Recife.", "pt-br", role="creator"),
    Person("sable", "Sable Whitcombe", "I look more than I make. Mostly remixes.", "en", role="member"),
    Person("mvhr", "Maximiliane von Hohenstein-Rüdesheim", "Buchbinderin in Görlitz, since 1998. Marbled paper and endpapers.", "en", role="moderator", is_moderator=True),
    Person("kirigami", "切り紙屋 Haru", "紙と刃と影。Paper, blade, shadow. Kyoto.", "en"),
    Person("oluwaseun", "Oluwaseun Adéyẹmí", "Pattern designer in Ìbàdàn. Tiles, weaves, grids; symmetry is a place to live.", "en"),
    Person("tadeu.luz", "Tadeu Luz", "Mar, horizonte, fim de tarde. Florianópolis.", "pt-br"),
    Person("petrichor", "petrichor", "Wet forests and the minutes before rain. I write down every seed.", "en"),
    Person("joaquin", "Joaquín Ibáñez", "Arquitecto en Oaxaca. Adobe, arcos, sombra de las cinco.", "en"),
    Person("mira_k", "Mira Kállai", "Silk, steam and other soft physics. Szeged.", "en"),
    Person("noor", "نور الحسيني", "Astronomer by night shift. Clouds of gas, never to scale.", "en"),
    Person("linnea", "Linnéa Åström", "Glasmålare i Uppsala. Lead lines first, light second.", "en"),
    Person("vo_dalva", "vó Dalva", "Aprendi com a neta. Agora ela aprende comigo.", "pt-br"),
]  # fmt: skip


# Beside the others, who look and make: nothing on the site is theirs.
ADMINISTRATOR = Person("bramble", "Bramble Achterberg", "Keeps the lights on.", "en", role="administrator")


# Moderates too: an objection goes to somebody who did not decide.
SECOND = "nia"


def settle():
    """(everyone by username, how many are new). Twice is once. Raises RuntimeError where this is no demo."""
    before, now = User.objects.count(), timezone.now()
    members = {
        person.username: demo.member(
            person.username,
            email=person.email,
            display_name=person.name,
            bio=person.bio,
            language=person.language,
            is_moderator=person.is_moderator,
            date_joined=now - timedelta(days=60 + zlib.crc32(person.username.encode()) % 900),
        )
        for person in PEOPLE
    }
    made = User.objects.count() - before
    demo.member(
        ADMINISTRATOR.username,
        email=ADMINISTRATOR.email,
        display_name=ADMINISTRATOR.name,
        bio=ADMINISTRATOR.bio,
        language=ADMINISTRATOR.language,
        is_staff=True,
        is_superuser=True,
    )
    return members, made


def befriend(members, rng):
    """Each follows a few of the others."""
    names = list(members)
    for name in names:
        others = [other for other in names if other != name]
        for other in rng.sample(others, rng.randint(3, 7)):
            following.follow(members[name], members[other])


def read_their_notices(members):
    """All but the last few, as somebody who was here this morning."""
    for member in members.values():
        for row in queries.notifications(member).order_by("-at", "-id")[UNREAD:]:
            notices.read(member, row.pk)


def sign_ins():
    """What `up` prints: e-mail, password and role of those who may be tried out."""
    tried = [(one.email, one.role) for one in [*PEOPLE, ADMINISTRATOR] if one.role]
    # Made by the first objection; see pages.demo.reports.
    tried.append((f"{SECOND}@example.org", "moderator, answers objections"))
    return [{"email": email, "password": PASSWORD, "role": role} for email, role in tried]
