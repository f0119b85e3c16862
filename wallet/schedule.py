from datetime import timedelta

EVERY = {
    "wallet.expire_holds": timedelta(minutes=1),
    "wallet.look_for_rings": timedelta(hours=6),
    "wallet.prove_ledger": timedelta(days=1),
}
