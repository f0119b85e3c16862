"""Models, their versions, and the files of these with hashes."""

from models_hub.models.choice import Choice, ChoiceQuerySet
from models_hub.models.download import Download
from models_hub.models.file import FileCheck, FileHash, FileQuerySet, FormerHash, ModelFile
from models_hub.models.model import Model, ModelQuerySet
from models_hub.models.place import ModelPlace
from models_hub.models.review import Review, ReviewQuerySet
from models_hub.models.version import ModelVersion, VersionPicture, VersionQuerySet

__all__ = [
    "Choice",
    "ChoiceQuerySet",
    "Download",
    "FileCheck",
    "FileHash",
    "FileQuerySet",
    "FormerHash",
    "Model",
    "ModelFile",
    "ModelPlace",
    "ModelQuerySet",
    "ModelVersion",
    "Review",
    "ReviewQuerySet",
    "VersionPicture",
    "VersionQuerySet",
]
