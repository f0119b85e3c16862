"""What the first laws left open: tables emptied at once, accounts that change hands, holds that change their sums,
balances that nothing moved, transfers without entries, and refunds beyond what was paid.

What looks at more than its own row looks when the transaction commits.
"""

from django.db import migrations

TABLES = ("wallet_transfer", "wallet_entry", "wallet_account", "wallet_hold")
NO_TRUNCATE = "".join(
    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION wallet_append_only();\n"
    for table in TABLES
)

FORWARD = (
    NO_TRUNCATE
    + """
CREATE FUNCTION wallet_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a row of % says stays', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER wallet_account_stays BEFORE UPDATE ON wallet_account FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.owner_id, OLD.reference, OLD.colour)
          IS DISTINCT FROM (NEW.id, NEW.kind, NEW.owner_id, NEW.reference, NEW.colour))
    EXECUTE FUNCTION wallet_stays();
CREATE TRIGGER wallet_hold_stays BEFORE UPDATE ON wallet_hold FOR EACH ROW
    WHEN ((OLD.id, OLD.owner_id, OLD.key, OLD.purpose, OLD.credits, OLD.bonus, OLD.transfer_id)
          IS DISTINCT FROM (NEW.id, NEW.owner_id, NEW.key, NEW.purpose, NEW.credits, NEW.bonus, NEW.transfer_id)
          OR OLD.state <> 'held')
    EXECUTE FUNCTION wallet_stays();
CREATE TRIGGER wallet_account_kept BEFORE DELETE ON wallet_account FOR EACH ROW EXECUTE FUNCTION wallet_stays();
CREATE TRIGGER wallet_hold_kept BEFORE DELETE ON wallet_hold FOR EACH ROW EXECUTE FUNCTION wallet_stays();

CREATE OR REPLACE FUNCTION wallet_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was bigint;
BEGIN
    IF EXISTS (
        SELECT 1 FROM wallet_entry e JOIN wallet_account a ON a.id = e.account_id
        WHERE e.transfer_id = NEW.transfer_id GROUP BY a.colour HAVING sum(e.units) <> 0
    ) THEN
        RAISE EXCEPTION 'transfer % does not sum to zero', NEW.transfer_id USING ERRCODE = 'check_violation';
    END IF;
    -- Each entry goes on where the one before it ended: so the last one tells the sum of all.
    SELECT balance INTO was FROM wallet_entry
        WHERE account_id = NEW.account_id AND id < NEW.id ORDER BY id DESC LIMIT 1;
    IF NEW.balance - NEW.units <> coalesce(was, 0) THEN
        RAISE EXCEPTION 'entry % does not follow from the one before', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION wallet_balance_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT balance FROM wallet_account WHERE id = NEW.id) <> coalesce(
        (SELECT balance FROM wallet_entry WHERE account_id = NEW.id ORDER BY id DESC LIMIT 1), 0)
    THEN
        RAISE EXCEPTION 'the balance of account % is not what its entries say', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER wallet_account_is_told AFTER INSERT OR UPDATE OF balance ON wallet_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallet_balance_is_told();

CREATE FUNCTION wallet_transfer_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM wallet_entry WHERE transfer_id = NEW.id) THEN
        RAISE EXCEPTION 'transfer % moves nothing', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.refunds_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM wallet_entry e
        LEFT JOIN wallet_entry paid ON paid.transfer_id = NEW.refunds_id AND paid.account_id = e.account_id
        WHERE e.transfer_id = NEW.id
          AND (paid.id IS NULL OR sign(paid.units) = sign(e.units) OR abs(e.units) > abs(paid.units))
    ) THEN
        RAISE EXCEPTION 'transfer % takes back more than was moved', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER wallet_transfer_moves_something AFTER INSERT ON wallet_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallet_transfer_moves();
"""
)
BACKWARD = (
    """
DROP TRIGGER wallet_transfer_moves_something ON wallet_transfer;
DROP FUNCTION wallet_transfer_moves();
DROP TRIGGER wallet_account_is_told ON wallet_account;
DROP FUNCTION wallet_balance_is_told();
DROP TRIGGER wallet_account_kept ON wallet_account;
DROP TRIGGER wallet_hold_kept ON wallet_hold;
DROP TRIGGER wallet_hold_stays ON wallet_hold;
DROP TRIGGER wallet_account_stays ON wallet_account;
DROP FUNCTION wallet_stays();
CREATE OR REPLACE FUNCTION wallet_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM wallet_entry e JOIN wallet_account a ON a.id = e.account_id
        WHERE e.transfer_id = NEW.transfer_id GROUP BY a.colour HAVING sum(e.units) <> 0
    ) THEN
        RAISE EXCEPTION 'transfer % does not sum to zero', NEW.transfer_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
    + "".join(f"DROP TRIGGER {table}_no_truncate ON {table};\n" for table in TABLES)
)


class Migration(migrations.Migration):
    dependencies = [("wallet", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
