"""A site of two small processes under the real supervisor, started by tests as a program of its own."""

import sys

from civitai.services import roster, up
from civitai.services.child import Child

WEB = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
# Its own child outlives it unless the whole session is ended.
WORKER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
time.sleep(600)
"""


def children(folder, *, env, port, public_host, store_port):
    relays = [roster.relay(folder, public_host, store_port, env=env)] if public_host else []
    return [
        Child("web", [sys.executable, "-c", WEB, port], folder=folder, env=env),
        *relays,
        Child("worker-gpu", [sys.executable, "-c", WORKER], folder=folder, env=env),
    ]


if __name__ == "__main__":
    sys.exit(up.run(prepare=lambda folder, env: None, children=children))
