"""One SeaweedFS on loopback: the S3 store of a single machine."""

import contextlib
import os
import signal

from civitai.services import ports, programs
from civitai.services.buckets import Buckets
from civitai.services.child import Child

PORT_NAMES = ("s3", "s3_master", "s3_volume", "s3_filer", "s3_admin")


class Seaweed:
    """`chosen_ports` maps PORT_NAMES to free ports whose neighbours + 10,000 are free too.

    Only the S3 port speaks HTTP (-disableHttp): the others would serve every object unasked.
    """

    def __init__(self, folder, *, chosen_ports, key_id, secret, region, prefix):
        self.folder = folder
        self.ports = {name: chosen_ports[name] for name in PORT_NAMES}
        self.url = f"http://127.0.0.1:{self.ports['s3']}"
        self.key_id, self.secret = key_id, secret
        self.buckets = Buckets(self.url, key_id=key_id, secret=secret, region=region, prefix=prefix)
        self.child = None

    def launch(self):
        data = self.folder / "store"
        data.mkdir(mode=0o700, exist_ok=True)
        remove_sockets(self.ports.values())
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
            "s3.localSocket": "s3.sock",  # in the data folder, by its short name: a socket's path has 107 bytes at most
            "filer.localSocket": "filer.sock",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.iam": "false",
            "s3.cacheCapacityMB": 0,
            "volume.preStopSeconds": 0,
            "master.telemetry": "false",
        }
        self.child = Child(
            "store",
            [
                programs.weed(),
                "-logtostderr=true",
                "mini",
                *(f"-{name}={value}" for name, value in options.items()),
                "-disableHttp",
            ],
            folder=self.folder,
            env={
                **os.environ,
                "AWS_ACCESS_KEY_ID": self.key_id,
                "AWS_SECRET_ACCESS_KEY": self.secret,
                "GOMEMLIMIT": "512MiB",
            },
            cwd=data,
            stop_s=4.0,  # now and then it wants 11 s; a killed one keeps what it has acknowledged
            death_signal=signal.SIGKILL,
        ).start()

    def wait(self):
        self.child.wait_until(self._serves)

    def _serves(self):
        """It takes buckets' names before its volumes have reported: only a read object proves that it serves."""
        self.buckets.make()
        self.buckets.prove()

    def clear(self):
        """After the stop: what the program has left outside its folder."""
        remove_sockets(self.ports.values())


def remove_sockets(used_ports):
    """SeaweedFS puts a socket for each port in /tmp, takes no other folder for it, and does not remove it."""
    for port in used_ports:
        for path in ports.store_sockets(port):
            with contextlib.suppress(OSError):
                path.unlink()
