"""The ledger's laws, where no program can go around them: append-only rows, and sums of zero."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION wallet_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER wallet_entry_append_only BEFORE UPDATE OR DELETE ON wallet_entry
    FOR EACH ROW EXECUTE FUNCTION wallet_append_only();
CREATE TRIGGER wallet_transfer_append_only BEFORE UPDATE OR DELETE ON wallet_transfer
    FOR EACH ROW EXECUTE FUNCTION wallet_append_only();

-- Once a transaction, when it commits: each colour of a transfer sums to zero.
CREATE FUNCTION wallet_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM wallet_entry e JOIN wallet_account a ON a.id = e.account_id
        WHERE e.transfer_id = NEW.transfer_id GROUP BY a.colour HAVING sum(e.units) <> 0
    ) THEN
        RAISE EXCEPTION 'transfer % does not sum to zero', NEW.transfer_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER wallet_entry_sums_to_zero AFTER INSERT ON wallet_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallet_sums_to_zero();
"""
BACKWARD = """
DROP TRIGGER wallet_entry_sums_to_zero ON wallet_entry;
DROP TRIGGER wallet_entry_append_only ON wallet_entry;
DROP TRIGGER wallet_transfer_append_only ON wallet_transfer;
DROP FUNCTION wallet_sums_to_zero();
DROP FUNCTION wallet_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("wallet", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
