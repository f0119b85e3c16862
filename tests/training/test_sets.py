"""Training sets: pictures and zips, taken or refused with a reason."""

import io
import stat
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from civitai.errors import Refused
from community.domain import pictures
from community.models import Picture
from models_hub.formats.errors import BadFile
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
        [("a/b/c.png", b"x")],
        [("run.sh", b"#!/bin/sh")],
        [("model.ckpt", b"\x80\x04")],
        [("bomb.png", b"\0" * (64 << 20))],
    ],
    ids=["slip", "absolute", "drive", "symlink", "nested", "deep", "script", "pickle", "bomb"],
)
def test_badinput_12_hostile_zips_are_refused_before_anything_is_unpacked(dataset, entries):
    with pytest.raises(BadFile) as refused:
        collecting.add_zip(dataset, zip_file(entries))
    assert str(refused.value) and not Unpacking.objects.exists() and not dataset.pictures.exists()


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
    collecting.add_files(dataset, [SimpleUploadedFile("moon.png", image()), SimpleUploadedFile("moon.txt", b"a moon")])
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
