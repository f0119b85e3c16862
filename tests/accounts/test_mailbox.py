"""Mails in files: shown in development, escaped, and no other file of the machine with them."""

import os
import subprocess
import sys

import pytest
from django.core import mail
from django.core.mail.backends.filebased import EmailBackend

from accounts import mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


def send(subject="Hello", body="Text", to="ana@example.org"):
    EmailBackend().send_messages([mail.EmailMessage(subject, body, to=[to])])


def test_an_empty_mailbox_says_so(client, folder):
    assert "No mail yet" in client.get("/mailbox/").text


def test_two_letters_of_one_second_lie_in_one_file_and_both_are_shown(client, folder):
    backend = EmailBackend()
    for subject in ("Earlier", "Later"):
        backend.send_messages([mail.EmailMessage(subject, f"{subject} text", to=["ana@example.org"])])
    assert len(list(folder.iterdir())) == 1
    page = client.get("/mailbox/").text
    assert page.index("Later") < page.index("Earlier")
    name = mailbox.letters()[0].name
    assert "Later text" in client.get(f"/mailbox/{name}/1/").text
    assert client.get(f"/mailbox/{name}/2/").status_code == 404


def test_the_newest_comes_first_and_can_be_read(client, folder):
    send("First")
    first = next(folder.iterdir())
    os.utime(first.rename(folder / "20200101-000000-1.log"), (1, 1))
    send("Olá, código: ção", body="Type this:\n\nABCD-1234\n\nhttp://localhost/x?a=1&b=2")
    page = client.get("/mailbox/").text
    assert page.index("Olá, código: ção") < page.index("First")
    assert 'data-text="ABCD-1234"' in page
    name = mailbox.letters()[0].name
    letter = client.get(f"/mailbox/{name}/0/").text
    assert "ABCD-1234" in letter and 'href="http://localhost/x?a=1&amp;b=2"' in letter


def test_what_a_mail_says_is_text(client, folder):
    send("<script>alert(1)</script>", body="<img src=x onerror=alert(1)> javascript:alert(1)", to='"<b>"@example.org')
    name = mailbox.letters()[0].name
    for page in (client.get("/mailbox/").text, client.get(f"/mailbox/{name}/0/").text):
        assert "<script>alert" not in page and "<img src=x" not in page and 'href="javascript:' not in page


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc%2fpasswd",
        "..",
        "../secret.log",
        "%2e%2e%2fsecret.log",
        "..%5csecret.log",
        "/etc/passwd",
        "secret.log%00",
        ".log",
        "secret.log%0a",
        "a..log",
        "missing.log",
        "x" * 5000 + ".log",
    ],
)
def test_no_other_file_is_read(client, folder, name):
    folder.mkdir()
    (folder.parent / "secret.log").write_text("Subject: s\n\nsecret words")
    answer = client.get(f"/mailbox/{name}/0/")
    assert answer.status_code in {301, 302, 404} and "secret words" not in answer.text


@pytest.mark.parametrize("name", ["../secret.log", "/etc/passwd", "..\\secret.log", "a/b.log", "secret.log\n", ""])
def test_the_reader_itself_refuses_too(folder, name):
    folder.mkdir()
    (folder.parent / "secret.log").write_text("secret")
    assert mailbox.letter(name, 0) is None


def test_a_link_out_of_the_folder_is_not_followed(client, folder):
    folder.mkdir()
    (folder.parent / "secret.txt").write_text("Subject: secret words\n\nsecret words")
    (folder / "link.log").symlink_to(folder.parent / "secret.txt")
    assert client.get("/mailbox/link.log/0/").status_code == 404
    assert "secret words" not in client.get("/mailbox/").text


def test_a_damaged_mail_does_not_break_the_page(client, folder):
    folder.mkdir()
    (folder / "bad.log").write_bytes(b"\xff\xfe\x00 no mail at all\nContent-Type: text/plain; charset=nonsense\n\n\xff")
    (folder / "charset.log").write_bytes(b"Subject: x\nContent-Type: text/plain; charset=nonsense\n\nwords")
    assert client.get("/mailbox/").status_code == 200
    assert client.get("/mailbox/bad.log/0/").status_code == 200
    assert client.get("/mailbox/charset.log/0/").status_code == 200


def test_production_has_no_mailbox():
    """The addresses are made when the site boots, so a process of its own boots with production's settings."""
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings; from django.urls import NoReverseMatch, reverse\n"
        "assert settings.DEVELOPMENT is False and settings.DEMO is False\n"
        "try: print(reverse('mailbox'))\n"
        "except NoReverseMatch: print('not mounted')\n"
        "from accounts.domain import demo\n"
        "try: demo.member('ana')\n"
        "except RuntimeError as error: print(error)\n"
    )
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "civitai.settings.prod",
        "SECRET_KEY": "x" * 50,
        "SITE_URL": "https://example.org",
        "ALLOWED_HOSTS": "example.org",
        "EMAIL_URL": "smtp://localhost",
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["not mounted", "Demo members are for the demo site alone."], done.stderr
