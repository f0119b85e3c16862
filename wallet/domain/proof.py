"""The nightly proof: what must be true of the ledger, found by reading all of it."""

from django.db import connection

CHECKS = {
    "transfers that do not sum to zero": """
        SELECT transfer_id FROM wallet_entry GROUP BY transfer_id HAVING sum(units) <> 0""",
    "transfers that mix colours": """
        SELECT e.transfer_id FROM wallet_entry e JOIN wallet_account a ON a.id = e.account_id
        GROUP BY e.transfer_id, a.colour HAVING sum(e.units) <> 0""",
    "transfers without entries": """
        SELECT t.id FROM wallet_transfer t WHERE NOT EXISTS (SELECT 1 FROM wallet_entry e WHERE e.transfer_id = t.id)""",
    "balances that are not the sum of their entries": """
        SELECT a.id FROM wallet_account a LEFT JOIN wallet_entry e ON e.account_id = a.id
        GROUP BY a.id HAVING a.balance <> coalesce(sum(e.units), 0)""",
    "accounts that owe and may not": """
        SELECT id FROM wallet_account WHERE balance < 0 AND NOT (kind = 'house' AND reference IN ('issuance', 'external'))""",
    "members whose open holds are not what is set aside": """
        SELECT a.id FROM wallet_account a LEFT JOIN wallet_hold h ON h.owner_id = a.owner_id AND h.state = 'held'
        WHERE a.kind = 'held' GROUP BY a.id
        HAVING a.balance <> coalesce(sum(CASE a.colour WHEN 'bonus' THEN h.bonus ELSE h.credits END), 0)""",
    "an issue that is not what is in hands": """
        SELECT 1 FROM wallet_account HAVING coalesce(sum(balance), 0) <> 0""",
}


def prove():
    """{what is wrong: [up to ten keys]}; empty when the ledger holds."""
    wrong = {}
    with connection.cursor() as cursor:
        for says, sql in CHECKS.items():
            cursor.execute(f"{sql} LIMIT 10")
            rows = [row[0] for row in cursor.fetchall()]
            if rows:
                wrong[says] = rows
    return wrong
