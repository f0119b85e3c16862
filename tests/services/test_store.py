"""The embedded store refuses what it should; private files depend on it."""

import json
import os
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ.get("S3_ENDPOINT_URL", "")
SITE = os.environ.get("SITE_URL", "").rstrip("/") or "http://localhost:8000"


def client(secret=None):
    access = {"aws_access_key_id": os.environ["S3_ACCESS_KEY_ID"]}
    access["aws_secret_access_key"] = secret or os.environ["S3_SECRET_ACCESS_KEY"]
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=ENDPOINT, region_name=os.environ["S3_REGION"], **access, config=config)


def bucket(kind):
    return f"{os.environ['S3_BUCKET_PREFIX']}-{kind}"


def status(url, *, method="GET", headers=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers or {})) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers


@pytest.fixture(scope="module", autouse=True)
def objects():
    for kind in ("private", "public", "quarantine"):
        client().put_object(Bucket=bucket(kind), Key="store-test/object", Body=b"bytes")


def test_a_wrong_secret_is_refused():
    with pytest.raises(ClientError) as refused:
        client(secret="0" * 40).get_object(Bucket=bucket("private"), Key="store-test/object")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize("kind", ["private", "quarantine"])
@pytest.mark.parametrize("path", ["/store-test/object", "", "?list-type=2"])
def test_nobody_reads_or_lists_what_is_not_public(kind, path):
    assert status(f"{ENDPOINT}/{bucket(kind)}{path}")[0] == 403


def test_everybody_reads_a_public_object_and_nobody_lists_or_writes():
    assert status(f"{ENDPOINT}/{bucket('public')}/store-test/object")[0] == 200
    assert status(f"{ENDPOINT}/{bucket('public')}?list-type=2")[0] == 403
    assert status(f"{ENDPOINT}/{bucket('public')}/store-test/object", method="PUT")[0] == 403
    assert status(f"{ENDPOINT}/{bucket('public')}/store-test/object", method="DELETE")[0] == 403


def test_a_presigned_link_works_and_then_expires():
    wanted = {"Bucket": bucket("private"), "Key": "store-test/object"}
    url = client().generate_presigned_url("get_object", Params=wanted, ExpiresIn=2)
    assert status(url)[0] == 200
    assert status(url.replace("store-test/object", "store-test/other"))[0] == 403
    time.sleep(2.2)
    assert status(url)[0] == 403


def preflight(origin):
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    return status(f"{ENDPOINT}/{bucket('private')}/store-test/object", method="OPTIONS", headers=headers)


def test_the_sites_pages_may_upload_parts_and_read_their_etag():
    code, headers = preflight(SITE)
    assert code == 200
    assert headers["Access-Control-Allow-Origin"] == SITE
    assert {"GET", "PUT", "HEAD"} == set(headers["Access-Control-Allow-Methods"].split(", "))
    assert headers["Access-Control-Expose-Headers"] == "ETag"


def test_a_foreign_pages_request_is_refused():
    code, headers = preflight("https://evil.example")
    assert code == 403
    assert headers["Access-Control-Allow-Origin"] is None


def test_the_public_policy_names_reading_only():
    policy = json.loads(client().get_bucket_policy(Bucket=bucket("public"))["Policy"])
    assert [rule["Action"] for rule in policy["Statement"]] == ["s3:GetObject"]
