"""The three services together: given by URL in the environment, or started here."""

import os

from civitai.services import ports
from civitai.services.child import sweep
from civitai.services.postgres import Postgres
from civitai.services.seaweed import PORT_NAMES, Seaweed
from civitai.services.valkey import Valkey

GIVEN = ("DATABASE_URL", "VALKEY_URL", "S3_ENDPOINT_URL", "S3_PUBLIC_ENDPOINT_URL")
GIVEN += ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_REGION", "S3_BUCKET_PREFIX")
ALL_PORTS = ("postgres", "valkey", *PORT_NAMES)


class Stack:
    """Starts what the environment does not name. Use as a context; `env` is for whatever runs on it."""

    def __init__(self, folder, *, chosen_ports, keys, origins, throw_away=False):
        self.folder, self.origins = folder, origins
        self.env = {"S3_REGION": "us-east-1", "S3_BUCKET_PREFIX": "civitai"}
        self.env |= {name: os.environ[name] for name in GIVEN if os.environ.get(name)}
        region, prefix = self.env["S3_REGION"], self.env["S3_BUCKET_PREFIX"]
        self.services = []
        if "DATABASE_URL" not in self.env:
            postgres = Postgres(folder, port=chosen_ports["postgres"], password=keys["postgres"], throw_away=throw_away)
            self._add(postgres, DATABASE_URL=postgres.url)
        if "VALKEY_URL" not in self.env:
            valkey = Valkey(folder, port=chosen_ports["valkey"], password=keys["valkey"], throw_away=throw_away)
            self._add(valkey, VALKEY_URL=valkey.url)
        self.store = None
        if "S3_ENDPOINT_URL" not in self.env:
            access = {"key_id": keys["s3_key_id"], "secret": keys["s3_secret"]}
            self.store = Seaweed(folder, chosen_ports=chosen_ports, region=region, prefix=prefix, **access)
            self._add(
                self.store,
                S3_ENDPOINT_URL=self.store.url,
                S3_PUBLIC_ENDPOINT_URL=self.env.get("S3_PUBLIC_ENDPOINT_URL") or self.store.url,
                S3_ACCESS_KEY_ID=access["key_id"],
                S3_SECRET_ACCESS_KEY=access["secret"],
            )

    def _add(self, service, **env):
        self.services.append(service)
        self.env.update(env)

    def __enter__(self):
        sweep(self.folder)
        try:
            for service in reversed(self.services):  # the store is the slowest to start
                service.launch()
            for service in self.services:
                service.wait()
            if self.store:
                self.store.buckets.allow_origins(self.origins)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Asks all at once, then waits for each."""
        children = [service.child for service in self.services if service.child]
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop()
        if self.store:
            self.store.clear()


def new_ports(*, avoid=()):
    return dict(zip(ALL_PORTS, ports.draw(len(ALL_PORTS), avoid=avoid), strict=True))
