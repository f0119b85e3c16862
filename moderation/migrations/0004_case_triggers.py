"""What no statement may change: the events of a case, who opened a secret, and the terms of an agreement."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER case_event_append_only BEFORE UPDATE OR DELETE ON moderation_caseevent
    FOR EACH ROW EXECUTE FUNCTION moderation_append_only();

CREATE FUNCTION moderation_agreement_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT 1 FROM moderation_removalcase WHERE id = NEW.case_id AND state = 'agreed') THEN
            RAISE EXCEPTION 'an agreement is made in an agreed case' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an agreement stays' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.case_id, NEW.terms, NEW.sha256, NEW.claimant_hash, NEW.uploader_hash, NEW.units_per_image, NEW.artist_points,
        NEW.uploader_points, NEW.platform_points, NEW.starts_at)
       IS DISTINCT FROM
       (OLD.case_id, OLD.terms, OLD.sha256, OLD.claimant_hash, OLD.uploader_hash, OLD.units_per_image, OLD.artist_points,
        OLD.uploader_points, OLD.platform_points, OLD.starts_at) THEN
        RAISE EXCEPTION 'the terms of an agreement are frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_frozen BEFORE INSERT OR UPDATE OR DELETE ON moderation_agreement
    FOR EACH ROW EXECUTE FUNCTION moderation_agreement_frozen();
"""
BACKWARD = """
DROP TRIGGER agreement_frozen ON moderation_agreement;
DROP FUNCTION moderation_agreement_frozen();
DROP TRIGGER case_event_append_only ON moderation_caseevent;
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0003_removal_cases")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
