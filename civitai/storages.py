"""Three named stores on any S3: private (originals, weights), public (derivatives), quarantine.

Objects are reached by key. The browser writes and reads by presigned addresses that live minutes;
those are signed for the address that browsers use (S3_PUBLIC_ENDPOINT_URL), not for our own.
Backends are django-storages' S3Storage; R2 takes the embedded store's place by settings alone.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import storages as django_storages

PART_LIMIT = 10_000
PUTS_AT_ONCE = 4


def private():
    return _store("private")


def public():
    return _store("public")


def quarantine():
    return _store("quarantine")


def named(name):
    return {"private": private, "public": public, "quarantine": quarantine}[name]()


@cache
def _store(name):
    return Store(name)


@dataclass(frozen=True)
class Part:
    number: int
    etag: str
    size: int


class Store:
    """One bucket. All methods raise botocore's errors when the store can't be reached."""

    def __init__(self, name):
        self.name = name
        self.backend = django_storages[name]
        self.bucket = self.backend.bucket_name

    @property
    def client(self):
        return self.backend.connection.meta.client

    def put(self, key, body, *, content_type="application/octet-stream", cache_control=None):
        """Write bytes, in one request, or a binary file object; large files go in parts, memory stays flat."""
        extra = {"ContentType": content_type}
        if cache_control:
            extra["CacheControl"] = cache_control
        if isinstance(body, bytes | bytearray | memoryview):
            self.client.put_object(Bucket=self.bucket, Key=key, Body=bytes(body), **extra)
        else:
            self.client.upload_fileobj(body, self.bucket, key, ExtraArgs=extra)
        return key

    def put_all(self, objects):
        """Several small (key, bytes, content type), side by side. Raises what the first that failed raised."""
        client = self.client  # here: another thread would build one of its own

        def put(key, body, content_type):
            client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)

        with ThreadPoolExecutor(PUTS_AT_ONCE) as pool:
            list(pool.map(put, *zip(*objects, strict=True)))

    def open(self, key, *, start=None, end=None):
        """A streaming body; `start`/`end` are inclusive byte offsets. `.read(n)`, `.iter_chunks(n)`, `.close()`."""
        extra = {}
        if start is not None or end is not None:
            extra["Range"] = f"bytes={start or 0}-{'' if end is None else end}"
        return self.client.get_object(Bucket=self.bucket, Key=key, **extra)["Body"]

    def read(self, key):
        body = self.open(key)
        try:
            return body.read()
        finally:
            body.close()

    def download(self, key, path):
        """To a local file, with flat memory."""
        self.client.download_file(self.bucket, key, str(path))

    def size(self, key):
        """In bytes; None when there is no such object."""
        head = self._head(key)
        return head["ContentLength"] if head else None

    def exists(self, key):
        return self._head(key) is not None

    def _head(self, key):
        from botocore.exceptions import ClientError

        try:
            return self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def delete(self, key):
        """Deleting what is not there is fine."""
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def copy(self, key, to_key, *, to=None):
        """Within the bucket or into another store; large objects are copied in parts by the store itself."""
        target = to or self
        self.client.copy({"Bucket": self.bucket, "Key": key}, target.bucket, to_key)
        return to_key

    def move(self, key, to_key, *, to=None):
        """Copy, then delete: presigned links to the old key die."""
        self.copy(key, to_key, to=to)
        self.delete(key)
        return to_key

    # What browsers use.

    def presigned_get(self, key, *, seconds=300, filename=None, content_type=None, disposition=None):
        """A short-lived address. `filename` (or a whole Content-Disposition) makes it a download."""
        params = {"Bucket": self.bucket, "Key": key}
        if filename and not disposition:
            disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
        if disposition:
            params["ResponseContentDisposition"] = disposition
        if content_type:
            params["ResponseContentType"] = content_type
        return _browser_client(self.name).generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)

    def create_multipart(self, key, *, content_type="application/octet-stream"):
        return self.client.create_multipart_upload(Bucket=self.bucket, Key=key, ContentType=content_type)["UploadId"]

    def sign_part(self, key, upload_id, number, *, seconds=3600):
        params = {"Bucket": self.bucket, "Key": key, "UploadId": upload_id, "PartNumber": number}
        return _browser_client(self.name).generate_presigned_url("upload_part", Params=params, ExpiresIn=seconds)

    def list_parts(self, key, upload_id):
        """The parts that the store has, all of them, in order. SeaweedFS lists a part that was sent again twice."""
        pages = self.client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=key, UploadId=upload_id)
        told = [part for page in pages for part in page.get("Parts", ())]
        told.sort(key=lambda part: (part["PartNumber"], part["LastModified"]))
        return [Part(part["PartNumber"], part["ETag"], part["Size"]) for part in told]

    def complete_multipart(self, key, upload_id, parts):
        self.client.complete_multipart_upload(
            Bucket=self.bucket,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
        )

    def abort_multipart(self, key, upload_id):
        from botocore.exceptions import ClientError

        try:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchUpload", "404"}:
                raise


@cache
def _browser_client(name):
    """Signs for the public address; never speaks to it."""
    import boto3
    from botocore.config import Config

    options = settings.STORAGES[name]["OPTIONS"]
    return boto3.client(
        "s3",
        endpoint_url=settings.S3_PUBLIC_ENDPOINT_URL,
        aws_access_key_id=options["access_key"],
        aws_secret_access_key=options["secret_key"],
        region_name=options["region_name"],
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
