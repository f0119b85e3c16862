"""Training sets: pictures and zips, taken or refused with a reason."""

import io
import stat
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from civitai.errors import Refused
from civitai.jobs import reap
from community.domain import pictures
from community.models import Picture
from models_hub.formats.errors import BadFile
from tests.factories import models_hub as hub
from tests.factories import training as make
from tests.factories.community import image
from training import rights
from training.domain import collecting
from training.models import Dataset, Unpacking
from training.tasks import unpack

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(people):
    return collecting.start(people.alice, name="Stripes")


def zip_file(entries, name="set.zip"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return SimpleUploadedFile(name, buffer.getvalue())


def unpacked(dataset, file):
    job = collecting.add_zip(dataset, file)
    unpack.plain(job.pk)
    job.refresh_from_db()
    return job


def test_a_zip_becomes_pictures_with_their_captions(dataset):
    job = unpacked(dataset, SimpleUploadedFile("set.zip", make.zipped(5)))
    rows = list(dataset.pictures.all())
    assert job.state == "done" and job.taken == 5 and len(rows) == 5
    assert all(row.caption.startswith(make.TRIGGER) for row in rows)
    for picture in Picture.objects.all():
        pictures.prepare(picture)
    assert all(row.picture.state == "ready" for row in dataset.pictures.select_related("picture"))


def test_the_task_run_twice_takes_nothing_twice(dataset):
    job = unpacked(dataset, SimpleUploadedFile("set.zip", make.zipped(3)))
    unpack.plain(job.pk)
    assert dataset.pictures.count() == 3


def test_what_can_not_be_taken_is_listed_and_the_rest_is_taken(dataset):
    job = unpacked(
        dataset,
        zip_file(
            [
                ("a.png", image()),
                ("b.png", image((60, 50))),
                ("b.txt", b"\xff\xfe\x00broken"),
                ("c.png", image()),
                ("c.txt", "Taylor Swift"),
            ]
        ),
    )
    assert job.taken == 1
    assert sorted(map(tuple, job.refused)) == [("b.png", "caption"), ("c.png", "person")]


@pytest.mark.parametrize(
    "data",
    [
        "a lua atrás da colina".encode("utf-8-sig"),
        "a lua atrás da colina".encode("utf-16"),
        "a lua atrás da colina".encode("cp1252"),
        "a lua\r\natrás  da colina\n".encode(),
    ],
    ids=["utf-8 with mark", "utf-16", "windows", "lines"],
)
def test_captions_are_read_as_editors_save_them(dataset, data):
    unpacked(dataset, zip_file([("moon.png", image()), ("moon.txt", data)]))
    assert dataset.pictures.get().caption == "a lua atrás da colina"


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0", b"\x07\x81\x00", b"\xfe\xff\xd8"], ids=["png", "bytes", "odd"]
)
def test_what_is_no_text_is_no_caption(dataset, data):
    assert unpacked(dataset, zip_file([("moon.png", image()), ("moon.txt", data)])).refused == [["moon.png", "caption"]]


def test_odd_names_are_taken_with_their_captions(dataset):
    job = unpacked(
        dataset,
        zip_file(
            [
                ("__MACOSX/._Moon.PNG", b"\0\5\x16\7"),
                ("set/Moon.PNG", image((41, 40))),
                ("set/moon.txt", b"one"),
                ("set/.DS_Store", b"\0\0\0\1Bud1"),
                ("set/lua cheia – ção.jpeg", image((42, 40))),
                ("set/lua cheia – ção.txt", b"two"),
                ("set/" + "x" * 180 + ".png", image((43, 40))),
                ("set/without.txt", b"nobody's"),
            ]
        ),
    )
    assert job.state == "done" and job.taken == 3 and job.refused == [], job.error
    assert list(dataset.pictures.values_list("caption", flat=True)) == ["one", "two", ""]


class TestAllCaptions:
    @pytest.fixture
    def captions(self, dataset, people):
        for name, text in (("a", "a moon, night"), ("b", ""), ("c", "zbr, a moonlit hill")):
            collecting.add(dataset, hub.picture(people.alice), name=f"{name}.png", caption=text)
        return lambda: list(dataset.pictures.values_list("caption", flat=True))

    @pytest.mark.parametrize(
        ("asked", "count", "after"),
        [
            ({"way": "before", "text": "zbr"}, 2, ["zbr, a moon, night", "zbr", "zbr, a moonlit hill"]),
            ({"way": "after", "text": "  paper  cut "}, 3, ["a moon, night, paper cut", "paper cut", "zbr, a moonlit hill, paper cut"]),
            ({"way": "replace", "instead_of": "moon", "text": "sun"}, 2, ["a sun, night", "", "zbr, a sunlit hill"]),
            ({"way": "replace", "instead_of": "night", "text": ""}, 1, ["a moon", "", "zbr, a moonlit hill"]),
            ({"way": "replace", "instead_of": "Moon", "text": "x"}, 0, ["a moon, night", "", "zbr, a moonlit hill"]),
        ],
    )  # fmt: skip
    def test_one_way_for_all_of_them(self, client, people, dataset, captions, asked, count, after):
        client.force_login(people.alice)
        answer = client.post(f"/training/sets/{dataset.pk}/captions/", asked, follow=True)
        assert captions() == after and f"{count} caption" in answer.content.decode()

    def test_all_or_none_and_no_real_people(self, client, people, dataset, captions):
        before = captions()
        collecting.add(dataset, hub.picture(people.alice), name="d.png", caption="y" * 999)
        for text, said in (("zbr", "d.png would be longer"), ("Emma Watson", "real person")):
            with pytest.raises(Refused, match=said):
                collecting.rewrite(dataset, way="before", text=text)
        client.force_login(people.alice)
        url = f"/training/sets/{dataset.pk}/captions/"
        for asked in (
            {"way": "before"},
            {"way": "replace", "text": "x"},
            {"way": "burn", "text": "x"},
            {"way": "before", "text": "zbr"},
        ):
            refused = client.post(url, asked)
            assert refused.status_code == 400 and 'class="error"' in refused.content.decode(), asked
        assert captions()[:3] == before
        client.force_login(people.bob)
        assert client.post(url, {"way": "before", "text": "zbr"}).status_code == 404


def symlink():
    entry = zipfile.ZipInfo("link.png")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    "entries",
    [
        [("../../etc/cron.d/x.png", b"x")],
        [("/etc/passwd.png", b"x")],
        [("C:\\windows\\x.png", b"x")],
        [(symlink(), b"/etc/passwd")],
        [("inner.zip", b"PK\x05\x06" + b"\0" * 18)],
        [("a/b/c/d/e/f.png", b"x")],
        [("run.sh", b"#!/bin/sh")],
        [("model.ckpt", b"\x80\x04")],
        [("bomb.png", b"\0" * (64 << 20))],
        [("a.png", b"x"), ("A.PNG", b"y")],
        [("a.png", b"x"), ("a.png", b"y")],
        [("aux.png", b"x")],
    ],
    ids=[
        "slip",
        "absolute",
        "drive",
        "symlink",
        "nested",
        "deep",
        "script",
        "pickle",
        "bomb",
        "case",
        "twice",
        "device",
    ],
)
def test_badinput_12_hostile_zips_are_refused_before_anything_is_unpacked(dataset, entries):
    collecting.add(dataset, hub.picture(dataset.owner), name="kept.png", caption="kept")
    for beside in ([], [("good.png", image())]):
        # A good picture beside it saves neither a hostile archive nor one in which nothing can be taken.
        if beside and entries[0][0] in TAKEN_APART:
            continue
        with pytest.raises(BadFile) as refused:
            collecting.add_zip(dataset, zip_file(entries + beside))
        assert str(refused.value) and not Unpacking.objects.exists()
    assert dataset.pictures.get().caption == "kept", "nothing that was there is lost"


TAKEN_APART = ("a/b/c/d/e/f.png", "run.sh")


def test_badinput_12_an_encrypted_zip_is_refused(dataset):
    data = bytearray(zip_file([("a.png", image())]).read())
    for magic, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.rindex(magic) + offset] |= 1
    with pytest.raises(BadFile):
        collecting.add_zip(dataset, SimpleUploadedFile("set.zip", bytes(data)))


def test_what_is_no_picture_is_left_out_with_a_reason_and_the_rest_is_taken(client, people, dataset):
    job = unpacked(
        dataset,
        zip_file(
            [
                ("set/zbr/a/one.png", image((41, 40))),
                ("set/zbr/a/one.txt", b"deep enough"),
                ("set/zbr/a/b/c/two.png", image((42, 40))),
                ("dance.gif", b"GIF89a"),
                ("notes.pdf", b"%PDF-"),
                ("run.sh", b"#!/bin/sh"),
            ]
        ),
    )
    assert job.state == "done" and job.taken == 1 and dataset.pictures.get().caption == "deep enough"
    left = {name: code for name, code in job.refused}
    assert left.pop("set/zbr/a/b/c/two.png") == "zip_deep" and set(left.values()) == {"zip_unwanted"} and len(left) == 3
    client.force_login(people.alice)
    page = client.get(dataset.get_absolute_url()).content.decode()
    assert "4 files of set.zip were not taken" in page and "dance.gif: it is no PNG" in page and "too deep" in page


def test_another_zip_with_the_same_names_is_another_set_of_pictures(dataset):
    unpacked(dataset, zip_file([("1.png", image((41, 40)))]))
    pictures.prepare(Picture.objects.get())
    other = unpacked(dataset, zip_file([("1.png", image((42, 40))), ("2.png", image((43, 40)))], name="other.zip"))
    assert other.taken == 2 and other.refused == [] and dataset.pictures.count() == 3
    again = unpacked(dataset, zip_file([("1.png", image((41, 40)))], name="again.zip"))
    assert again.refused == [["1.png", "there"]] and dataset.pictures.count() == 3


def test_a_killed_worker_takes_apart_what_was_left(dataset, monkeypatch):
    job = collecting.add_zip(dataset, zip_file([(f"{n}.png", image((40 + n, 40))) for n in range(3)]))
    real, calls = collecting.add, []

    def dying(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(collecting, "add", dying)
    with pytest.raises(KeyboardInterrupt):
        unpack.plain(job.pk)
    Unpacking.objects.update(lease_until=timezone.now())
    reap()
    unpack.plain(job.pk)
    job.refresh_from_db()
    assert (job.state, job.taken, job.refused) == ("done", 3, []) and dataset.pictures.count() == 3


class TestLongCaptions:
    LONG = "a moon, " * 250  # 2,000 characters

    def test_of_a_zip_are_cut_and_told_of(self, client, people, dataset):
        job = unpacked(dataset, zip_file([("a.png", image()), ("a.txt", self.LONG.encode())]))
        assert job.taken == 1 and job.refused == [["a.png", "cut"]]
        assert len(dataset.pictures.get().caption) == 1000
        client.force_login(people.alice)
        page = client.get(dataset.get_absolute_url()).content.decode()
        assert "1 caption of set.zip was cut" in page and "was not taken" not in page

    def test_a_name_behind_the_cut_is_a_name_all_the_same(self, dataset):
        job = unpacked(dataset, zip_file([("a.png", image()), ("a.txt", (self.LONG + "Taylor Swift").encode())]))
        assert job.refused == [["a.png", "person"]]

    def test_of_a_file_is_cut_and_told_of(self, dataset):
        files = [SimpleUploadedFile("a.png", image()), SimpleUploadedFile("a.txt", self.LONG.encode())]
        told = collecting.add_files(dataset, files)
        assert len(told) == 1 and "1000 characters" in told[0] and len(dataset.pictures.get().caption) == 999

    def test_typed_is_refused_and_nothing_is_lost(self, client, people, dataset):
        row = collecting.add(dataset, hub.picture(people.alice), name="a.png", caption="a moon")
        client.force_login(people.alice)
        assert client.post(f"/training/pictures/{row.pk}/caption/", {"caption": self.LONG}).status_code == 400
        row.refresh_from_db()
        assert row.caption == "a moon"


def test_badinput_12_a_zip_of_very_many_entries_is_refused(dataset):
    with pytest.raises(BadFile):
        collecting.add_zip(dataset, zip_file([(f"{number}.txt", b"") for number in range(5_000)]))


def test_badinput_12_what_an_entry_claims_of_its_size_is_not_believed(dataset):
    file = zip_file([("a.png", image())])
    data = bytearray(file.read())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (2**31).to_bytes(4, "little")
    with pytest.raises(BadFile):
        collecting.add_zip(dataset, SimpleUploadedFile("set.zip", bytes(data)))


def test_captions_trigger_and_the_word_of_its_owner(dataset, people):
    collecting.add_files(dataset, [SimpleUploadedFile("moon.txt", b"a moon"), SimpleUploadedFile("Moon.png", image())])
    row = dataset.pictures.get()
    assert row.caption == "a moon"
    with pytest.raises(Refused, match="real person"):
        collecting.caption(row, "portrait of Emma Watson")
    with pytest.raises(Refused, match="trigger"):
        collecting.put_trigger(dataset, on=True)
    collecting.describe(dataset, name="Stripes", trigger="zbr")
    collecting.put_trigger(dataset, on=True)
    collecting.put_trigger(dataset, on=True)
    row.refresh_from_db()
    assert row.caption == "zbr, a moon"
    collecting.put_trigger(dataset, on=False)
    row.refresh_from_db()
    assert row.caption == "a moon"
    assert collecting.attest(dataset).attested_version == rights.VERSION


def test_a_wrong_file_is_told_of_and_the_others_are_taken(dataset):
    told = collecting.add_files(dataset, [SimpleUploadedFile("a.exe", b"MZ"), SimpleUploadedFile("b.png", image())])
    assert len(told) == 1 and "a.exe" in told[0] and dataset.pictures.count() == 1


def test_a_set_is_its_owners_alone(client, people, dataset):
    assert client.get(dataset.get_absolute_url()).status_code == 302
    for who in (people.bob, people.mona):
        client.force_login(who)
        assert client.get(dataset.get_absolute_url()).status_code == 404
        assert client.post(f"/training/sets/{dataset.pk}/removal/").status_code == 404
    client.force_login(people.alice)
    assert client.get(dataset.get_absolute_url()).status_code == 200
    client.post(f"/training/sets/{dataset.pk}/removal/")
    assert client.get(dataset.get_absolute_url()).status_code == 404 and Dataset.objects.get().state == "removed"


def test_pictures_and_captions_by_the_pages(client, people, dataset):
    client.force_login(people.alice)
    client.post(f"/training/sets/{dataset.pk}/pictures/", {"files": [SimpleUploadedFile("a.png", image())]})
    row = dataset.pictures.get()
    pictures.prepare(row.picture)
    page = client.get(dataset.get_absolute_url()).content.decode()
    assert "No caption" in page and "Start training" in page
    url = f"/training/pictures/{row.pk}/caption/"
    assert client.post(url, {"caption": "a moon"}, headers={"HX-Request": "true"}).status_code == 204
    assert client.post(url, {"caption": "Emma Watson"}).status_code == 400
    row.refresh_from_db()
    assert row.caption == "a moon"
    client.force_login(people.bob)
    assert client.post(url, {"caption": "mine"}).status_code == 404
    client.force_login(people.alice)
    client.post(f"/training/pictures/{row.pk}/removal/")
    assert not dataset.pictures.exists()
