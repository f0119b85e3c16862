"""How static files are stored in production: hashed names, compressed, module imports rewritten."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Our modules import one another by relative path; the hashed copies must import hashed copies."""

    support_js_module_import_aggregation = True
    # Ours alone: modules of other packages import bare names, which are no files.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
