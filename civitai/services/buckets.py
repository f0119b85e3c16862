"""The three buckets and who may read them, for the embedded store and for any other S3."""

import json
import os

KINDS = ("private", "public", "quarantine")
PROOF = "ready"  # key of the object that tells a serving store from one that only answers


class Buckets:
    """The site's buckets at one endpoint. Making them and putting CORS may be repeated."""

    def __init__(self, endpoint_url, *, key_id, secret, region, prefix):
        self.prefix = prefix
        self._access = {
            "endpoint_url": endpoint_url,
            "aws_access_key_id": key_id,
            "aws_secret_access_key": secret,
            "region_name": region,
        }

    def name(self, kind):
        return f"{self.prefix}-{kind}"

    def client(self):
        import boto3
        from botocore.config import Config

        patience = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"max_attempts": 0},
            connect_timeout=5,
            read_timeout=15,
        )
        return boto3.client("s3", **self._access, config=patience)

    def make(self):
        """Makes what is missing and lets everybody read the public bucket."""
        self.make_missing()
        self.publish()

    def prove(self):
        """Reads an object that an earlier start has left, or the one that it leaves itself; raises what goes wrong."""
        from botocore.exceptions import ClientError

        client, place = self.client(), {"Bucket": self.name("private"), "Key": PROOF}
        try:
            client.get_object(**place)["Body"].read()
        except ClientError as refused:
            if refused.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            client.put_object(**place, Body=b"ready")
            client.get_object(**place)["Body"].read()

    def make_missing(self):
        from botocore.exceptions import ClientError

        client = self.client()
        for kind in KINDS:
            try:
                client.head_bucket(Bucket=self.name(kind))  # a key for three buckets may not list all of them
            except ClientError as refused:
                if refused.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                    raise
                client.create_bucket(Bucket=self.name(kind))

    def publish(self):
        """Everybody may read the public bucket's objects, and nobody their list."""
        client, public = self.client(), self.name("public")
        read = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::{public}/*"],
        }
        client.put_bucket_policy(Bucket=public, Policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))

    def allow_origins(self, origins):
        """Pages of these origins may read and write by presigned links; pages of all others may not."""
        rule = {
            "AllowedOrigins": list(origins),
            "AllowedMethods": ["GET", "PUT", "HEAD"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 600,
        }
        client = self.client()
        for kind in KINDS:
            client.put_bucket_cors(Bucket=self.name(kind), CORSConfiguration={"CORSRules": [rule]})


def prepare_given(*, say=print):
    """For a store that the environment names: does what its key may do, and says what is left to its owner.

    Raises what the store says when it cannot be reached or the buckets neither exist nor can be made.
    """
    from botocore.exceptions import ClientError

    access = {"key_id": os.environ["S3_ACCESS_KEY_ID"], "secret": os.environ["S3_SECRET_ACCESS_KEY"]}
    region, prefix = os.environ.get("S3_REGION") or "us-east-1", os.environ.get("S3_BUCKET_PREFIX") or "civitai"
    buckets = Buckets(os.environ["S3_ENDPOINT_URL"], region=region, prefix=prefix, **access)
    site = os.environ["SITE_URL"].rstrip("/")
    by_hand = {
        buckets.make_missing: None,
        buckets.publish: f"Let everybody read the objects of {buckets.name('public')} in the store's own settings.",
        lambda: buckets.allow_origins(
            [site]
        ): f"Allow GET, PUT and HEAD from {site} in the buckets' CORS, exposing ETag.",
    }
    for step, instead in by_hand.items():
        try:
            step()
        except ClientError as refused:
            if instead is None or refused.response["Error"]["Code"] not in {"NotImplemented", "AccessDenied"}:
                raise
            say(f"The store does not let this key do it ({refused.response['Error']['Code']}). {instead}")
