"""The supervisor with real services and a site of two small processes."""

import json
import os
import signal
import socket
import stat
import time
import urllib.request

import boto3
import psycopg
import pytest
from botocore.config import Config

from civitai.services import place, ports, stack


def store(names):
    access = {"aws_access_key_id": names["S3_ACCESS_KEY_ID"], "aws_secret_access_key": names["S3_SECRET_ACCESS_KEY"]}
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    where = {"endpoint_url": names["S3_ENDPOINT_URL"], "region_name": names["S3_REGION"]}
    return boto3.client("s3", **where, **access, config=config)


EVERYTHING = 6  # three services, the web, a worker and the worker's own child


def test_ctrl_c_stops_everything_within_seconds(site, eventually):
    site.start()
    eventually(lambda: len(site.alive()) >= EVERYTHING)
    working = site.alive()
    began = time.monotonic()
    assert site.stop(signal.SIGINT) == 0
    assert time.monotonic() - began < 10
    assert not [pid for pid in working if os.path.exists(f"/proc/{pid}/exe")]


def test_a_second_start_keeps_ports_secrets_and_data(site):
    names = site.start().names()
    with psycopg.connect(names["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('lozenge')")
    store(names).put_object(Bucket="civitai-private", Key="kept/word", Body=b"lozenge")
    assert site.stop(signal.SIGTERM) == 0

    began = time.monotonic()
    assert site.start().names() == names
    assert time.monotonic() - began < 15
    with psycopg.connect(names["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("lozenge",)
    assert store(names).get_object(Bucket="civitai-private", Key="kept/word")["Body"].read() == b"lozenge"


def test_a_killed_supervisor_leaves_nothing_that_stops_the_next(site):
    names = site.start().names()
    with psycopg.connect(names["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept (word text)")
    before = site.alive()
    site.stop(signal.SIGKILL)
    assert site.start().names() == names, "at once, and on the same ports"
    assert not set(before) & set(site.alive())
    with psycopg.connect(names["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_lock_file_of_postgresql_with_a_reused_number_is_no_obstacle(site):
    site.start()
    site.stop(signal.SIGTERM)
    lock = site.folder / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n1700000000\n5432\n\n127.0.0.1\n")
    site.start()
    assert lock.read_text().splitlines()[0] != str(os.getpid())


def test_a_second_start_on_the_same_folder_says_where_the_first_is(site):
    site.start()
    said = site.refusal()
    assert f"already runs on {site.folder}" in said
    assert f"http://localhost:{site.port}" in said


def test_a_taken_port_is_named_with_a_free_one(site):
    with socket.create_server(("127.0.0.1", site.port)):
        said = site.refusal()
    assert f"Port {site.port} is taken by another program" in said
    assert "PORT=" in said.partition("Choose another")[2]


def test_a_service_port_taken_in_between_is_drawn_anew(site):
    names = site.start().names()
    store(names).put_object(Bucket="civitai-private", Key="kept/word", Body=b"lozenge")
    site.stop(signal.SIGTERM)
    port = int(names["S3_ENDPOINT_URL"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        moved = site.start().names()
        assert moved["S3_ENDPOINT_URL"] != names["S3_ENDPOINT_URL"]
        assert store(moved).get_object(Bucket="civitai-private", Key="kept/word")["Body"].read() == b"lozenge"


def test_the_site_s_own_port_is_never_drawn_for_a_service(tmp_path, monkeypatch):
    monkeypatch.setattr(ports, "is_free", lambda port, host="": True)
    range_of_nine = (ports.LOWEST, ports.LOWEST + 8)
    for site in (ports.LOWEST + 4, ports.LOWEST + 4 + ports.GRPC_OFFSET):
        drawn = ports.draw(8, avoid=[site], within=range_of_nine)
        assert ports.LOWEST + 4 not in drawn
        (tmp_path / "ports.json").write_text(json.dumps(dict.fromkeys(stack.ALL_PORTS, ports.LOWEST + 4)))
        chosen = place.kept_ports(tmp_path, site=site)
        assert ports.LOWEST + 4 not in chosen.values()
        assert len(set(chosen.values())) == len(stack.ALL_PORTS)


def test_a_killed_worker_and_a_killed_service_run_again(site, eventually):
    site.start()
    worker, valkey = site.pid("worker-gpu"), site.pid("valkey")
    os.kill(worker, signal.SIGKILL)
    os.kill(valkey, signal.SIGKILL)
    eventually(lambda: site.pid("worker-gpu") != worker and site.pid("valkey") != valkey)
    eventually(lambda: len(site.alive()) >= EVERYTHING)


def test_secrets_are_readable_by_their_owner_alone(site):
    site.start()
    for name in ("stack.json", "keys.json", "valkey/valkey.conf"):
        assert stat.S_IMODE((site.folder / name).stat().st_mode) == 0o600, name
    for name in ("logs", "store", "valkey", "postgres"):
        assert stat.S_IMODE((site.folder / name).stat().st_mode) == 0o700, name


def test_a_folder_that_cannot_be_used_gives_a_sentence(site):
    site.folder.write_text("a file stands where the folder should be")
    assert f"The data folder {site.folder} cannot be used" in site.refusal()


def test_a_phone_reaches_the_store_and_its_pages_may_upload(site):
    site.extra = {"PUBLIC_HOST": "127.0.0.2"}  # another address of this machine, as a network's would be
    names = site.start().names()
    store_port = names["S3_ENDPOINT_URL"].rpartition(":")[2]
    assert names["SITE_URL"] == f"http://127.0.0.2:{site.port}"
    assert names["S3_PUBLIC_ENDPOINT_URL"] == f"http://127.0.0.2:{store_port}"
    assert "127.0.0.2" in names["ALLOWED_HOSTS"].split(",")

    store(names).put_object(Bucket="civitai-private", Key="for/phone", Body=b"x" * 300_000)
    outside = store({**names, "S3_ENDPOINT_URL": names["S3_PUBLIC_ENDPOINT_URL"]})
    link = outside.generate_presigned_url("get_object", Params={"Bucket": "civitai-private", "Key": "for/phone"})
    asked = urllib.request.Request(link, headers={"Origin": names["SITE_URL"]})
    with urllib.request.urlopen(asked) as answer:
        assert answer.read() == b"x" * 300_000
        assert answer.headers["Access-Control-Allow-Origin"] == names["SITE_URL"]


def test_without_a_public_host_only_this_machine_reaches_the_store(site):
    port = int(site.start().names()["S3_ENDPOINT_URL"].rpartition(":")[2])
    for own in (port, port + 10_000):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", own), timeout=2)


def test_a_name_that_is_no_address_gives_a_sentence(site):
    site.extra = {"PUBLIC_HOST": "no-such-machine.invalid"}
    assert "PUBLIC_HOST=no-such-machine.invalid is not known here" in site.refusal()


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_gives_a_sentence(site, port):
    site.extra = {"PORT": port}
    assert f"PORT must be a number from 1 to 65535, not {port!r}" in site.refusal()
