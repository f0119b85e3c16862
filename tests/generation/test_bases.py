"""Base models: the one that ships, and what an administrator adds."""

import pytest
from django.core.management import CommandError, call_command

from generation.domain import bases
from generation.pocket import WEIGHTS
from models_hub.models import ModelVersion

pytest.importorskip("torch", reason="the worker extra is not installed")
pytestmark = pytest.mark.django_db


def test_the_pocket_model_is_published_once_and_can_be_drawn_with(people):
    version = bases.add_pocket(people.alice, prompts=("a red circle",))
    assert (version.state, version.can_generate, version.base_model) == ("published", True, "Pocket")
    assert version.model.cover.state == "ready" and "Steps: 25" in version.model.cover.generation_text
    assert set(version.files.get().hashes.values_list("kind", flat=True)) >= {
        "SHA256",
        "BLAKE3",
        "AutoV2",
        "AutoV3",
        "CRC32",
    }
    assert bases.add_pocket(people.alice, prompts=("a red circle",)) == version
    assert ModelVersion.objects.count() == 1


def test_an_administrator_adds_a_folder_by_command(people, capsys):
    call_command(
        "add_base_model", str(WEIGHTS), name="Small", base_model="Pocket", owner="ALICE", prompt=["a blue star"]
    )
    assert "can be drawn with" in capsys.readouterr().out
    assert ModelVersion.objects.get().model.name == "Small"


@pytest.mark.parametrize(
    ("source", "changes", "says"),
    [
        ("/nowhere/model.safetensors", {}, "no file or folder"),
        (str(WEIGHTS), {"base_model": "Veo 3"}, "no base model"),
        (str(WEIGHTS), {"owner": "ghost"}, "no member named"),
    ],
)
def test_what_can_not_be_added_is_a_sentence(people, source, changes, says):
    options = {"name": "x", "base_model": "Pocket", "owner": "alice"} | changes
    with pytest.raises(CommandError, match=says):
        call_command("add_base_model", source, **options)
    assert not ModelVersion.objects.exists()


def test_a_file_that_is_no_checkpoint_leaves_nothing_behind(people, tmp_path):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(CommandError):
        call_command("add_base_model", str(path), name="x", base_model="Pocket", owner="alice")
    assert not ModelVersion.objects.exists()


def test_what_ships_speaks_the_readers_language_and_members_words_stay(people):
    from django.utils import translation

    from models_hub.catalogue.bases import POCKET_FAMILY

    told = {sentence: ModelVersion(description=sentence) for sentence in POCKET_FAMILY.values()}
    with translation.override("pt-br"):
        assert all(version.about != sentence for sentence, version in told.items())
        assert ModelVersion(description="Save").about == "Save"
    assert all(version.about == sentence for sentence, version in told.items())


def test_each_of_the_family_begins_with_a_subject_of_its_own():
    firsts = [bases.POCKET_SAMPLES[0], *[prompts[0] for prompts in bases.VARIANT_SAMPLES.values()]]
    subjects = [prompt.split()[2] for prompt in firsts]
    assert len(set(subjects)) == 3
