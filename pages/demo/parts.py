"""What the demo site tells beside models and pictures: each part is a function that adds its own, once."""

from pages.demo.among import seed_among, seed_downloads
from pages.demo.cases import seed_cases
from pages.demo.choices import seed_choices
from pages.demo.markets import seed_bounties, seed_wallet
from pages.demo.reports import seed_reports
from pages.demo.trainings import seed_training

# Each is called as part(members) in this order, with {username: User}, and leaves alone what is there already.
PARTS = (seed_wallet, seed_among, seed_choices, seed_cases, seed_downloads, seed_bounties, seed_training, seed_reports)


def seed_all(members):
    for part in PARTS:
        part(members)
