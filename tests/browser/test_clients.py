"""Published programs of others run their own flows against the running site: only the address is changed.

civitapy takes the address as an argument. civitai-hub knows two hosts and https; a prelude of three lines in its own
process puts our address in their place, everything else is its own code.
"""

import hashlib
import json
import subprocess
import sys

import pytest

from tests.factories.generation import write_lora

pytest.importorskip("civitapy", reason="the dev extra is not installed")
pytest.importorskip("civitai_hub", reason="the dev extra is not installed")

PUBLISH = """
import sys
from pathlib import Path
from accounts.models import User
from community.domain import pictures
from models_hub.domain import importing, publishing, samples
from tests.factories.community import image
owner = User.objects.filter(username="clients").first() or User.objects.create_user(username="clients", email="clients@example.org")
model = publishing.start(owner)
publishing.describe(model, name="Zebra for clients", description="Stripes", tags=["stripes"])
version = model.versions.get()
publishing.describe_version(version, name="v1", base_model="SD 1.5", trained_words=["zbr"])
importing.add_file_from_path(version, Path({path!r}))
picture = pictures.add_made(owner, image())
samples.add_picture(version, picture)
publishing.publish(model, owner, version)
print(model.pk, version.pk)
"""


@pytest.fixture(scope="module")
def published(_live_site, tmp_path_factory):
    """(site, model id, version id, SHA-256 of its file)."""
    path = write_lora(tmp_path_factory.mktemp("clients") / "zebra.safetensors")
    told = _live_site.python(PUBLISH.format(path=str(path)))
    model_id, version_id = map(int, told.split()[-2:])
    return _live_site, model_id, version_id, hashlib.sha256(path.read_bytes()).hexdigest()


def run(code, folder):
    """What a program prints as JSON, in a process and a folder of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_civitapy_searches_identifies_and_downloads(published, tmp_path):
    site, model_id, version_id, sha256 = published
    code = f"""
import asyncio, json
from civitapy.client import CivitAIClient
client = CivitAIClient(base_url={site.url + "/api/v1"!r}, download_dir={str(tmp_path)!r}, verify_hash=True)
async def search():
    return [model.id async for model in client.models_list_async(query="zebra clients", limit=5)]
paths = client.download_model_version({version_id})
found = client.model_versions_by_hash({sha256.upper()!r})
print(json.dumps({{
    "enums": sorted(client.enums()),
    "model": client.models_get({model_id})["id"],
    "mini": client.model_versions_mini({version_id})["versionName"],
    "hash": found["id"] if isinstance(found, dict) else found.id,
    "unknown": client.model_versions_by_hash("0" * 64),
    "bulk": len(client.model_versions_by_hash_bulk([{sha256.upper()!r}])),
    "paths": paths,
}}, default=str))
"""
    told = run(code, tmp_path)
    assert told["model"] == model_id and told["hash"] == version_id and told["mini"] == "v1"
    assert told["unknown"] is None and told["bulk"] == 1 and "ModelType" in told["enums"]
    downloaded = [path for path in told["paths"] if path.endswith(".safetensors")]
    assert hashlib.sha256(open(downloaded[0], "rb").read()).hexdigest() == sha256


def test_civitapy_lists_models_images_tags_and_creators(published, tmp_path):
    site, model_id, _version_id, _sha256 = published
    code = f"""
import json
from civitapy.client import CivitAIClient
client = CivitAIClient(base_url={site.url + "/api/v1"!r})
def names(found, key):
    rows = found["items"] if isinstance(found, dict) else getattr(found, "items", found)
    return [row[key] if isinstance(row, dict) else getattr(row, key) for row in rows]
print(json.dumps({{
    "models": names(client.models_list(query="zebra clients", types=["LORA"], limit=5), "id"),
    "images": len(names(client.images_list(limit=5), "id")),
    "tags": names(client.tags_list(query="stri"), "name"),
    "creators": names(client.creators_list(query="clients"), "username"),
}}))
"""
    told = run(code, tmp_path)
    assert model_id in told["models"] and "stripes" in told["tags"] and "clients" in told["creators"]


def test_civitai_hub_finds_by_hash_and_downloads_what_it_verifies(published, tmp_path):
    site, model_id, version_id, sha256 = published
    code = f"""
import json, sys
import civitai_hub
from civitai_hub import client as theirs
for name in ("config", "download"):
    sys.modules["civitai_hub." + name].TRUSTED_HOSTS = ("civitai.com", "localhost")
start = theirs.CivitaiClient.__init__
theirs.CivitaiClient.__init__ = lambda self, **kw: (start(self, **kw), setattr(self, "base_url", {site.url + "/api/v1"!r}))[0]
info = civitai_hub.find_by_hash({sha256.upper()!r})
path = civitai_hub.download("{model_id}", version_id={version_id}, cache_dir={str(tmp_path / "cache")!r})
print(json.dumps({{
    "model": info.model.id, "version": info.version.id, "path": str(path),
    "search": [model.id for model in civitai_hub.search("zebra clients", type="LORA", limit=5)],
}}))
"""
    told = run(code, tmp_path)
    assert told["model"] == model_id and told["version"] == version_id and model_id in told["search"]
    assert hashlib.sha256(open(told["path"], "rb").read()).hexdigest() == sha256
