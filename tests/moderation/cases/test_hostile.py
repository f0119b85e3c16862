"""What people try with removal requests, and what becomes of it."""

import re

import pytest
from django.test import Client

from civitai import fetching
from civitai.errors import Refused, TooMany
from gallery.models import Image
from models_hub.domain import files, publishing
from models_hub.models import Model
from moderation.domain.cases import deciding, filing, mailing, talking, terms, verifying
from moderation.models import CaseMail, RemovalCase
from tests.factories import cases, gallery, models_hub
from tests.factories.cases import carried_out, filed, in_talks, proven

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(people):
    return cases.prado(people.alice)


def test_badinput_71_a_false_claim_freezes_nothing_and_many_are_too_many(people):
    """A claim without proof on somebody's style: nothing is paused; the sixth of one place is refused; the end is "unfounded"."""
    models = [models_hub.published(people.alice, name=f"Paper {n}") for n in range(6)]
    found = [filed(one, email=f"x{n}@copy.example")[0] for n, one in enumerate(models[:5])]
    assert not Model.objects.exclude(freeze_level=0).exists()
    with pytest.raises(TooMany):
        filed(models[5], email="y@copy.example")
    with pytest.raises(Refused, match="open request"):
        filed(models[0], email="x0@copy.example", address="198.51.100.9")
    verifying.reject(found[0], by=people.mona, because="The portfolio is another's.")
    assert (found[0].state, found[0].outcome) == ("closed_abusive", "abusive")


def test_badinput_72_a_real_name_in_a_message_is_masked_and_held(model, people):
    """The uploader writes the claimant's legal name and address data: the claimant's page and letters show none of it."""
    case, token = in_talks(model)
    told = {"outcome": "licensed", **terms.DEFAULTS, "units_per_image": 100}
    words = "Dear Helena MARIA do-Prado, call +55 81 99999-1234 or see https://x.example/me, mail h(at)prado.example"
    offer = talking.offer(case, "uploader", told, message=words)
    assert offer.is_held and not re.search(r"maria|99999|x\.example|prado\.example", offer.message, re.I)
    page = Client().get(f"/removal/{token}/").content.decode()
    assert "99999" not in page and "held back" in page


def test_badinput_73_a_private_link_is_guarded(model, people, settings):
    """128 bits, never in a referrer or a cache, revocable, and guessing is counted."""
    case, token = filed(model)
    assert len(token) >= 22 and token not in str(RemovalCase.objects.filter(pk=case.pk).values().get())
    client = Client()
    response = client.get(f"/removal/{token}/")
    assert response["Referrer-Policy"] == "no-referrer" and response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]
    moved = client.post(f"/removal/{token}/links/")
    assert client.get(f"/removal/{token}/").status_code == 404
    assert client.get(moved["Location"]).status_code == 200
    answers = [client.get(f"/removal/{'A' * 21}{n % 10}/").status_code for n in range(35)]
    assert answers[0] == 404 and answers[-1] == 429


def test_badinput_74_what_is_frozen_stays_as_it_is(model, people):
    """Edit, rename, replace, delete, unpublish by its owner while it is frozen: refused, on every way."""
    case, _token = proven(model)
    model.refresh_from_db()
    version, file = model.versions.get(), model.versions.get().files.get()
    client = Client()
    client.force_login(people.alice)
    assert client.get(f"/models/{model.pk}/edit/what/").status_code == 403
    tries = (
        lambda: publishing.describe(model, name="Other"),
        lambda: publishing.describe_version(version, name="v9"),
        lambda: publishing.remove(model, people.alice),
        lambda: publishing.unpublish(model, people.alice),
        lambda: files.remove_file(file, by=people.alice),
    )
    for one in tries:
        with pytest.raises(Refused):
            one()
    file.refresh_from_db()
    assert file.state == "ready" and Model.objects.get(pk=model.pk).name == model.name
    assert case.targets.get().snapshot["hashes"]["sha256"]


def test_badinput_75_the_name_does_not_come_back(model, people):
    """After it is out: in a trigger word with dots, a new version's name, a tag, a description, by look-alike letters."""
    case, _token = proven(model)
    deciding.decide(case, by=people.mona, outcome="renamed", because="Her name.")
    carried_out(case)
    model = Model.objects.get(pk=model.pk)
    version = model.versions.get()
    for change in ({"name": "Неlena Prado II"}, {"description": "by h3l3na_prado"}):
        with pytest.raises(Refused):
            publishing.describe(model, **change)
    for change in ({"trained_words": ["h.e.l.e.n.a.p.r.a.d.o"]}, {"name": "HELENA-PRADO v2"}):
        with pytest.raises(Refused):
            publishing.describe_version(version, **change)
    with pytest.raises(Refused):
        publishing.describe(model, tags=["helenaprado"])
    from moderation.domain import registry

    assert registry.hold_or_refuse("name", ["Helena Prado Woodcut"]) is True


GOOD = {"outcome": "licensed", **terms.DEFAULTS, "units_per_image": 500}
BAD = [
    {"artist_points": 0, "uploader_points": 9000},
    {"artist_points": 7000, "uploader_points": 3000},
    {"units_per_image": 10**9},
    {"units_per_image": 0},
    {"units_per_image": -5},
    {"units_per_image": 0.5},
    {"units_per_image": True},
    {"platform_points": 3000, "artist_points": 5000, "uploader_points": 2000},
    {"months": 0},
    {"months": "12"},
    {"notice_days": 999},
    {"rating": "<b>pg</b>"},
    {"fallback": "sue"},
    {"download": True},
    {"expires": "2020-01-01"},
    {"outcome": "<script>"},
    {"attribution": None},
]


@pytest.mark.parametrize("change", BAD, ids=str)
def test_badinput_76_terms_are_a_closed_schema(change):
    """0 % to the artist, 101 % in sum, a fee over the cap, hidden markup, a past end, unknown terms: refused."""
    assert terms.checked_terms(GOOD)
    with pytest.raises(Refused):
        terms.checked_terms({**GOOD, **change})


def test_badinput_76_markup_in_a_message_is_text(model):
    case, token = in_talks(model)
    offer = talking.offer(case, "uploader", GOOD, message="<img src=x onerror=alert(1)>fine<b>!</b>")
    assert offer.message == "fine!"
    assert "onerror" not in Client().get(f"/removal/{token}/").content.decode()


OPEN = "93.184.216.34"
CLOSED = [
    "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://[::1]/", "https://[::ffff:169.254.169.254]/", "http://page.example/",
    "gopher://page.example/", "file:///etc/passwd", "https://user:pw@page.example/", "https://page.example:8080/", "https://localhost/", "https://page/",
    "https://127.0.0.1.../", "javascript:alert(1)", "https://page.example\\@127.0.0.1/", "//page.example/", "",
]  # fmt: skip
INSIDE = [
    "127.0.0.1", "10.0.0.8", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1",
    "::1", "::", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "ff02::1", "fe80::1%eth0", "nonsense",
]  # fmt: skip


@pytest.mark.parametrize("url", CLOSED)
def test_badinput_54_addresses_that_are_no_pages(url):
    """Numbers in any spelling, other schemes, ports, credentials: refused before anything is asked."""

    def never(*_args):
        raise AssertionError("it was asked")

    with pytest.raises(fetching.NotFetched):
        fetching.get(
            url, resolve=lambda host: [OPEN], connect=never
        ) if "page.example" not in url or "\\" in url else fetching.get(url, resolve=never, connect=never)


@pytest.mark.parametrize("address", INSIDE)
def test_badinput_54_names_that_lead_inside(address):
    """A name that resolves to something private, in either family or in disguise, alone or among open ones."""

    def never(*_args):
        raise AssertionError("it was called")

    for answer in ([address], [OPEN, address]):
        with pytest.raises(fetching.NotFetched):
            fetching.get("https://page.example/", resolve=lambda host, answer=answer: answer, connect=never)


class Wire:
    """A server's side of a connection that has already answered."""

    def __init__(self, answer):
        import io

        self.sent, self.answer = b"", io.BytesIO(answer)

    def makefile(self, *_args, **_facts):
        return self.answer

    def sendall(self, data):
        self.sent += data

    def settimeout(self, seconds):
        assert seconds > 0

    def close(self):
        pass


def test_badinput_54_the_resolved_address_is_the_one_that_is_called():
    called = []

    def connect(address, host, seconds):
        called.append((address, host))
        return Wire(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwords")

    page = fetching.get("https://page.example/about", resolve=lambda host: [OPEN], connect=connect)
    assert page.text == "words" and called == [(OPEN, "page.example")]


@pytest.mark.parametrize(
    "to", ["https://127.0.0.1/", "file:///etc/passwd", "http://page.example/", "https://page.example/again"]
)
def test_badinput_54_redirects_are_checked_again_and_end(to):
    def connect(address, host, seconds):
        return Wire(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())

    with pytest.raises(fetching.NotFetched):
        fetching.get("https://page.example/", resolve=lambda host: [OPEN], connect=connect)


def test_badinput_54_a_body_without_an_end_is_left():
    with pytest.raises(fetching.NotFetched, match="large"):
        fetching.get(
            "https://page.example/",
            resolve=lambda host: [OPEN],
            connect=lambda *_args: Wire(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (fetching.MOST_BYTES + 10)),
        )


def test_words_on_a_page_prove_and_their_lack_does_not(model):
    case, _token = filed(model)
    words = verifying.words_of(case)
    assert len(words.split("-")) == 8
    with pytest.raises(Refused, match="not on it"):
        verifying.check_page(case, "https://h.example/", get=lambda url: fetching.Page("h.example", url, "nothing"))
    verifying.check_page(
        case, "https://h.example/", get=lambda url: fetching.Page("h.example", url, f"<p>{words.upper()}</p>")
    )
    assert case.state == "triage" and case.is_proven


SECRETS = ("Helena Maria do Prado", "helena@prado.example", "+55 81 5555", "203.0.113.7", "H. M. do Prado (signed)")


def test_nothing_of_one_side_reaches_the_other(model, people):
    """A property of everything the uploader can read: no secret of the claimant is in it, at any step; and the other way round."""
    case, token = in_talks(
        model, wish="licensed", units_per_image=300, names=("Helena Prado",), phone=SECRETS[2], signature=SECRETS[4]
    )
    alice, visitor = Client(), Client()
    alice.force_login(people.alice)

    def look():
        mine = alice.get(f"/cases/{case.reference}/").content.decode()
        assert not [secret for secret in SECRETS if secret in mine]
        theirs = visitor.get(f"/removal/{token}/").content.decode()
        assert "alice@example.org" not in theirs
        mailing.send()

    look()
    talking.offer(case, "uploader", GOOD, message=f"alice@example.org, {SECRETS[1]}")
    look()
    offer = case.offers.get(state="open")
    talking.accept(case, "claimant", offer_id=offer.pk, terms_hash=offer.terms_hash)
    look()
    carried_out(case)
    look()
    from django.core import mail

    to_alice = [one.body + one.subject for one in mail.outbox if one.to == ["alice@example.org"]]
    assert to_alice and not [secret for secret in SECRETS for text in to_alice if secret in text]
    assert not CaseMail.objects.filter(case=case, sent_at=None).exists()


def test_a_form_that_is_refused_keeps_all_that_was_typed(people):
    client = Client()
    told = {"what": ["style"], "urls": "https://pin.example/board/1", "names": "Helena Prado", "email": "helena@prado", "legal_name": "Helena", "wish": "renamed",
            "if_silent": "renamed", "role": "self", "language": "pt-br", "statement": "Since 2011"}  # fmt: skip
    response = client.post("/removal/", told)
    page = response.content.decode()
    assert response.status_code == 400 and "needs a dot" in page
    assert all(text in page for text in ("pin.example/board/1", "Helena Prado", "helena@prado", "Since 2011"))


def test_strangers_and_other_members_do_not_find_a_case(model, people):
    case, _token = proven(model)
    for user, status in ((people.bob, 404), (people.alice, 200)):
        client = Client()
        client.force_login(user)
        assert client.get(f"/cases/{case.reference}/").status_code == status
        assert client.get(f"/moderation/cases/{case.reference}/").status_code == 404
    mona = Client()
    mona.force_login(people.mona)
    assert mona.get("/moderation/cases/").status_code == 200
    page = mona.get(f"/moderation/cases/{case.reference}/").content.decode()
    assert "Helena Prado Linocut XL" in page and "helena@prado.example" not in page
    shown = mona.post(f"/moderation/cases/{case.reference}/secrets/", {"because": "a call back"}).content.decode()
    assert "helena@prado.example" in shown and case.secret.reads.filter(by=people.mona, purpose="a call back").exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_asks_the_same_for_one_and_three(people, rows, django_assert_num_queries):
    for number in range(rows):
        filed(gallery.published(people.bob), ticked=("other",), email=f"q{number}@x.example")
    client = Client()
    client.force_login(people.mona)
    client.get("/moderation/cases/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        client.get("/moderation/cases/")
    about_cases = [
        row["sql"]
        for row in asked.captured_queries
        if "moderation_removalcase" in row["sql"] or "moderation_casetarget" in row["sql"]
    ]
    assert len(about_cases) == 2


def test_only_addresses_of_this_site_are_resolved(people, settings):
    image = gallery.published(people.bob)
    url = image.get_absolute_url()
    lines = (
        url,
        f"https://evil.example{url}",
        f"https://testserver@evil.example{url}",
        "https://testserver/images/999999/",
        "\x00",
        "x" * 300,
    )
    found, strange = filing.resolved(lines)
    assert list(found) == [("gallery.Image", str(image.pk))] and len(strange) == 5
    assert Image.objects.get(pk=image.pk)
