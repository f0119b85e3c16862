"""Fixtures that every room uses. Services come from `python -m civitai.services exec`."""

import os
import uuid

import pytest

# Tests that commit are tidied up by emptying every table, which the ledgers and logs refuse; a test of that refusal
# switches it on again inside its own transaction.
LET_EMPTY = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT tgname, tgrelid::regclass AS held FROM pg_trigger WHERE tgname LIKE '%\\_no\\_truncate' LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', one.held, one.tgname);
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(LET_EMPTY)


@pytest.fixture
def people(db):
    from tests.people import cast

    return cast()


@pytest.fixture(autouse=True)
def own_corner(settings):
    """Tests run side by side on one Valkey: each starts with an empty corner of its own."""
    settings.CACHES = {
        **settings.CACHES,
        "default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex},
    }


@pytest.fixture(autouse=True)
def own_language():
    """Django's client leaves the language of its last answer behind; each test starts with the site's."""
    from django.conf import settings
    from django.utils import translation

    translation.activate(settings.LANGUAGE_CODE)
    yield


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """`with commit(): …` runs what was put off until the commit, as a real transaction would."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def pytest_sessionstart(session):
    if not os.environ.get("DATABASE_URL"):
        pytest.exit("Tests need their services: use `make test`, or `python -m civitai.services exec -- pytest …`.", 2)


def pytest_terminal_summary(terminalreporter):
    """A skipped browser test must not pass for a tested page."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    if any("No Chromium was found" in reason for reason in skipped):
        terminalreporter.write_line("!!! No Chromium was found: THE BROWSER TESTS DID NOT RUN !!!", red=True, bold=True)
