"""The three buckets and who may read them, for the embedded store and for any other S3."""

import json

KINDS = ("private", "public", "quarantine")


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
        """Makes what is missing and lets everybody read the public bucket's objects, not its listing."""
        client = self.client()
        there = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        for kind in KINDS:
            if self.name(kind) not in there:
                client.create_bucket(Bucket=self.name(kind))
        public = self.name("public")
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
