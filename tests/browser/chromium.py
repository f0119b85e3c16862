"""Which Chromium the tests drive, and how it is started."""

import os
import shutil

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium's sandbox refuses root
]
MISSING = (
    "No Chromium was found, so no browser test runs. Install the system package chromium, or run "
    "`.venv/bin/playwright install chromium`, or name a browser with CHROMIUM=."
)


def find(playwright):
    """$CHROMIUM, a system one, Playwright's own; None where there is none."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    return own if os.path.exists(own) else None
