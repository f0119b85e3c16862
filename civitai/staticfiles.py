"""How static files are stored in production: hashed names, compressed, module imports rewritten."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Modules import one another by relative path; the hashed copies must import hashed copies."""

    support_js_module_import_aggregation = True
