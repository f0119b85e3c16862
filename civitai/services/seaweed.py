"""One SeaweedFS on loopback: the S3 store of a single machine."""

import os
import signal

from civitai.services import programs
from civitai.services.buckets import Buckets
from civitai.services.child import Child

PORT_NAMES = ("s3", "s3_master", "s3_volume", "s3_filer", "s3_admin")


class Seaweed:
    """`ports` maps PORT_NAMES to free ports whose neighbours + 10,000 are free too.

    Only the S3 port speaks HTTP (-disableHttp): the others would serve every object unasked.
    """

    def __init__(self, folder, *, ports, key_id, secret, region, prefix):
        self.folder, self.ports = folder, ports
        self.url = f"http://127.0.0.1:{ports['s3']}"
        self.key_id, self.secret = key_id, secret
        self.buckets = Buckets(self.url, key_id=key_id, secret=secret, region=region, prefix=prefix)
        self.child = None

    def launch(self):
        data = self.folder / "store"
        data.mkdir(mode=0o700, exist_ok=True)
        options = {
            "dir": data,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3.port": self.ports["s3"],
            "master.port": self.ports["s3_master"],
            "volume.port": self.ports["s3_volume"],
            "filer.port": self.ports["s3_filer"],
            "admin.port": self.ports["s3_admin"],
            "webdav": "false",
            "admin.ui": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.iam": "false",
            "s3.cacheCapacityMB": 0,
            "volume.preStopSeconds": 0,
            "master.telemetry": "false",
        }
        self.child = Child(
            "store",
            [programs.weed(), "mini", *(f"-{name}={value}" for name, value in options.items()), "-disableHttp"],
            folder=self.folder,
            env={**os.environ, "AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret, "GOMEMLIMIT": "512MiB"},
            cwd=data,
            stop_s=4.0,  # now and then it wants 11 s; a killed one keeps what it has acknowledged
            death_signal=signal.SIGKILL,
        ).start()

    def wait(self):
        self.child.wait_until(self.buckets.make)
