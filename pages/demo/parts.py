"""What the demo site tells beside models and pictures: each part is a function that adds its own, once."""

# Each is called as part(members) in this order, with {username: User}, and leaves alone what is there already.
PARTS = ()


def seed_all(members):
    for part in PARTS:
        part(members)
