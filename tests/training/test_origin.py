"""What the page of a version tells of where it came from, and its manifest."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from models_hub.models import Model, ModelVersion
from tests.factories import models_hub as hub
from training import rights
from training.domain import collecting
from training.models import Epoch, TrainingRun

pytestmark = pytest.mark.django_db
HASHES = ["ab" * 32, "cd" * 32]


@pytest.fixture
def base(people):
    return hub.published(people.charlie, name="Clay").versions.get()


@pytest.fixture
def version(people, base):
    """Published by alice from a run of two pictures."""
    version = hub.published(people.alice, name="Stripes").versions.get()
    ModelVersion.objects.filter(pk=version.pk).update(parent=base, trained_words=["zbr"])
    run = TrainingRun.objects.create(
        owner=people.alice,
        dataset=collecting.start(people.alice, name="Secret name"),
        base=base,
        name="Stripes",
        trigger="zbr",
        settings={"rank": 4},
        manifest={
            "pictures": HASHES,
            "captions": ["zbr, a secret garden", ""],
            "captions_sha256": "ef" * 32,
            "attested": rights.VERSION,
            "attested_at": timezone.now().isoformat(),
        },
        submission="a" * 32,
    )
    Epoch.objects.create(
        run=run, number=2, step=6, loss=0.1, key="training/e/2", size_bytes=9, sha256="12" * 32, version=version
    )
    version.refresh_from_db()
    return version


def page_of(client, version):
    return client.get(f"{version.model.get_absolute_url()}?version={version.pk}").content.decode()


def test_its_page_names_its_base_and_its_training_set(client, version, base):
    page = page_of(client, version)
    assert "Made from" in page and f'href="{base.model.get_absolute_url()}?version={base.pk}"' in page
    assert "Training set" in page and "2 pictures" in page and "alice said so on" in page
    assert f'href="/training/manifests/{version.pk}/"' in page


def test_the_last_look_before_publishing_says_so_too(client, people, version, base):
    client.force_login(people.alice)
    page = client.get(f"/models/{version.model_id}/edit/review/?version={version.pk}").content.decode()
    assert "Made from" in page and str(base) in page and f"/training/manifests/{version.pk}/" in page
    assert (
        "Made from" not in client.get(f"/models/{version.model_id}/edit/version/?version={version.pk}").content.decode()
    )


def test_a_version_that_was_not_trained_here_says_nothing_of_it(client, base):
    page = page_of(client, base)
    assert "Made from" not in page and "Training set" not in page
    assert client.get(f"/training/manifests/{base.pk}/").status_code == 404


def test_the_manifest_proves_what_was_in_and_gives_nothing_of_it_away(client, version, base):
    answer = client.get(f"/training/manifests/{version.pk}/")
    told = answer.json()
    assert told["pictures"] == {"count": 2, "sha256": HASHES} and told["captions_sha256"] == "ef" * 32
    assert told["base"] == {"version": base.pk, "base_model": base.base_model}
    assert told["attested"]["version"] == rights.VERSION and told["attested"]["wording"] and told["attested"]["at"]
    assert told["trained"] == {"epoch": 2, "steps": 6, "settings": {"rank": 4}} and told["file_sha256"] == "12" * 32
    assert "secret" not in json.dumps(told).lower()


def test_who_does_not_see_the_version_does_not_see_its_manifest(client, people, version):
    url = f"/training/manifests/{version.pk}/"
    ModelVersion.objects.filter(pk=version.pk).update(state="draft")
    assert client.get(url).status_code == 404
    client.force_login(people.bob)
    assert client.get(url).status_code == 404
    client.force_login(people.alice)
    assert client.get(url).status_code == 200
    ModelVersion.objects.filter(pk=version.pk).update(state="published")
    Model.objects.filter(pk=version.model_id).update(freeze_level=2, frozen_at=timezone.now())
    client.force_login(people.bob)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("change", [{"freeze_level": 1}, {"freeze_level": 2}, {"state": "removed"}])
def test_a_base_whose_name_may_have_to_go_is_not_named(client, version, base, change):
    Model.objects.filter(pk=base.model_id).update(**change, frozen_at=timezone.now())
    page = page_of(client, version)
    assert "Clay" not in page and "Made from" not in page and "Training set" in page


def test_its_page_costs_at_most_twelve_queries(client, people, version):
    client.force_login(people.bob)
    page_of(client, version)
    with CaptureQueriesContext(connection) as asked:
        page_of(client, version)
    assert len(asked) <= 12, "\n".join(one["sql"][:200] for one in asked)
