"""What the demo site tells beside models and pictures: each part is a function that adds its own, once."""

from pages.demo.among import seed_among
from pages.demo.cases import seed_cases

# Each is called as part(members) in this order, with {username: User}, and leaves alone what is there already.
PARTS = (seed_among, seed_cases)


def seed_all(members):
    for part in PARTS:
        part(members)
