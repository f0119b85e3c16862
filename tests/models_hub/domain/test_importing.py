"""Files from this machine, and the workers' own copies of files."""

import pytest
from django.utils import timezone

from civitai import storages
from civitai.errors import Refused, TransientError
from models_hub.domain import weights
from models_hub.domain.importing import add_file_from_path
from models_hub.formats.errors import BadFile
from models_hub.models import ModelFile
from models_hub.states import FileState
from tests.factories import models_hub as make
from tests.models_hub.formats import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(people):
    return make.draft(people.alice, base_model="").versions.get()


@pytest.fixture
def cache(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "cache" / "weights"


def imported(version, tmp_path, data, name="a.safetensors"):
    path = tmp_path / name
    path.write_bytes(data)
    return add_file_from_path(version, path)


def test_a_file_is_ready_at_once_and_fills_its_version(version, tmp_path):
    file = imported(version, tmp_path, make.safetensors())
    assert (file.state, file.is_primary, version.base_model) == (FileState.READY, True, "SDXL 1.0")
    assert storages.private().read(file.key) == make.safetensors()
    assert file.hashes.count() == 5


@pytest.mark.parametrize("data", [b"", b"\x80\x04pickle", make.safetensors()[:-3]])
def test_a_bad_file_is_told_and_nothing_is_kept(version, tmp_path, data, monkeypatch):
    keys = []
    put = storages.Store.put
    monkeypatch.setattr(storages.Store, "put", lambda self, key, *a, **k: keys.append(key) or put(self, key, *a, **k))
    with pytest.raises(BadFile):
        imported(version, tmp_path, data)
    assert not ModelFile.objects.exists()
    assert not any(storages.private().exists(key) for key in keys)


def test_a_pickle_by_name_is_refused_before_it_is_read(version, tmp_path):
    with pytest.raises(BadFile, match="pickle"):
        imported(version, tmp_path, b"anything", name="model.ckpt")


def test_a_worker_downloads_a_file_once(version, tmp_path, cache, monkeypatch):
    file = imported(version, tmp_path, make.safetensors())
    path = weights.local_path(file)
    assert path.read_bytes() == make.safetensors() and path.suffix == ".safetensors"
    monkeypatch.setattr(storages.Store, "open", lambda *_, **__: pytest.fail("asked the store again"))
    written_ns = path.stat().st_mtime_ns
    assert weights.local_path(file) == path
    assert path.stat().st_mtime_ns == written_ns, "or each job would load what is in memory anew"


def test_a_diffusers_folder_comes_unpacked(version, tmp_path, cache):
    file = imported(version, tmp_path, build.zipped(build.diffusers_folder("pocket/")), name="pocket.zip")
    folder = weights.local_path(file)
    assert (folder / "model_index.json").exists() and (folder / "unet" / "config.json").exists()
    assert weights.local_path(file) == folder
    assert {path.suffix for path in cache.iterdir()} == {"", ".lock"}


def test_bytes_that_are_not_those_that_were_checked_are_not_used(version, tmp_path, cache):
    file = imported(version, tmp_path, make.safetensors())
    storages.private().put(file.key, make.safetensors(salt="another"))
    with pytest.raises(TransientError):
        weights.local_path(file)
    assert {path.suffix for path in cache.iterdir()} == {".lock"}


def test_the_least_recently_used_file_makes_room(version, tmp_path, cache, settings):
    import os

    first, second, third = (imported(version, tmp_path, make.safetensors(salt=salt)) for salt in "abc")
    settings.WEIGHTS_CACHE_BYTES = first.size_bytes * 5 // 2
    one, two = weights.local_path(first), weights.local_path(second)
    os.utime(one, (2_000_000_000, 2_000_000_000))
    os.utime(two, (1_000_000_000, 1_000_000_000))
    three = weights.local_path(third)
    assert (one.exists(), two.exists(), three.exists()) == (True, False, True)


def test_a_file_that_was_not_checked_has_no_path(version, cache):
    file = ModelFile.objects.create(version=version, name="a.safetensors", key="k", size_bytes=1)
    with pytest.raises(Refused):
        weights.local_path(file)


def test_a_new_base_is_known_at_once(version, commit):
    from models_hub.showing import drawn_bases

    assert drawn_bases() == [], "and kept so for half a minute"
    with commit():
        version.allow_generation()
    version.model.versions.update(state="published", published_at=timezone.now(), base_model="Pocket", name="v1")
    assert drawn_bases() == ["Pocket"]
