from datetime import timedelta

EVERY = {"wallet.expire_holds": timedelta(minutes=1), "wallet.prove_ledger": timedelta(days=1)}
