"""One Valkey on loopback with a password: the cache (database 0) and the queues (database 1)."""

import os
import socket

from civitai.services import programs
from civitai.services.child import Child

_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {data}
save {save}
appendonly {appendonly}
appendfsync everysec
maxmemory-policy noeviction
daemonize no
"""


class Valkey:
    """`url` has no database number: the settings add theirs."""

    def __init__(self, folder, *, port, password, throw_away=False):
        self.folder, self.port, self.password, self.throw_away = folder, port, password, throw_away
        self.child = None

    @property
    def url(self):
        return f"redis://:{self.password}@127.0.0.1:{self.port}"

    def launch(self):
        data = self.folder / "valkey"
        data.mkdir(mode=0o700, exist_ok=True)
        config = data / "valkey.conf"  # a file: on the command line everybody could read the password
        config.touch(mode=0o600)
        save, appendonly = ('""', "no") if self.throw_away else ("300 1", "yes")
        config.write_text(
            _CONFIG.format(port=self.port, password=self.password, data=data, save=save, appendonly=appendonly)
        )
        self.child = Child(
            "valkey", [programs.valkey_server(), config], folder=self.folder, env=dict(os.environ), death_signal=15
        ).start()

    def wait(self):
        self.child.wait_until(self._answers)

    def _answers(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
            line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2:
                more = line.recv(256)
                if not more:
                    break
                said += more
        if said != b"+OK\r\n+PONG\r\n":
            raise ConnectionError(said.decode(errors="replace").strip() or "no answer")
