"""What has to be true of the data before the site starts on it."""

import os
import subprocess
import sys

from civitai.services import banner, place
from civitai.services.child import leash
from civitai.services.failures import ServiceFailure
from civitai.services.roster import ROOT


def prepare(folder, env):
    """Migrates when there is something new to migrate; loads the demo data once."""
    migrations = place.fingerprint_of([*ROOT.glob("*/migrations/*.py"), ROOT / "constraints.txt"])
    if os.environ.get("DATABASE_URL") or not place.is_done(folder, "migrated", migrations):
        banner.say("Preparing the database …")
        _manage(env, "migrate", "--no-input", "--verbosity=0")
        place.mark_done(folder, "migrated", migrations)
    if not place.is_done(folder, "seeded") and list(ROOT.glob("*/management/commands/seed_demo.py")):
        banner.say("Loading the demo site; this happens once …")
        _manage(env, "seed_demo", "--scale", "s")
        place.mark_done(folder, "seeded")


def _manage(env, *arguments):
    done = subprocess.run([sys.executable, ROOT / "manage.py", *arguments], env=env, cwd=ROOT, preexec_fn=leash())
    if done.returncode:
        raise ServiceFailure(f"`manage.py {arguments[0]}` failed; its words stand above.")
