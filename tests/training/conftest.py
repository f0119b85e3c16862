"""A base, and a set of five pictures that may be used. A file with a set of another kind has its own."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile


@pytest.fixture
def base(people):
    from tests.factories.generation import pocket_base

    return pocket_base(people.charlie)


@pytest.fixture
def dataset(people):
    from community.domain import pictures
    from community.models import Picture
    from tests.factories import training as make
    from training.domain import collecting
    from training.tasks import unpack

    dataset = collecting.start(people.alice, name="Stripes")
    collecting.describe(dataset, name="Stripes", trigger=make.TRIGGER)
    unpack.plain(collecting.add_zip(dataset, SimpleUploadedFile("set.zip", make.zipped(5))).pk)
    for picture in Picture.objects.filter(state="pending"):
        pictures.prepare(picture)
    return collecting.attest(dataset)
