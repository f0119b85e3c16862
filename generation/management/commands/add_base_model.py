"""`manage.py add_base_model PATH_OR_REPO --name … --base-model "SD 1.5"`: something more to draw with."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from civitai.errors import Refused
from generation.domain import bases
from models_hub.catalogue.bases import find_base
from models_hub.catalogue.generation import FRAMES


class Command(BaseCommand):
    help = (
        "Publish a checkpoint that members draw with: a .safetensors file, a diffusers folder, or (where the network "
        "allows it) a Hugging Face repository such as owner/name."
    )

    def add_arguments(self, parser):
        parser.add_argument("source", help="file, folder, or owner/name")
        parser.add_argument("--name", required=True, help="as members will read it")
        parser.add_argument("--base-model", required=True, help='as published: "SD 1.5", "SDXL 1.0", "Pocket" …')
        parser.add_argument("--version-name", default="v1")
        parser.add_argument("--owner", required=True, help="the member who publishes it")
        parser.add_argument("--prompt", action="append", help="of a sample picture; may be given several times")

    def handle(self, *, source, name, base_model, version_name, owner, prompt, **options):
        base = find_base(base_model)
        if base is None or base.ecosystem.architecture not in FRAMES:
            raise CommandError(
                f"{base_model!r} is no base model that can be drawn with. Its architecture must be one of: {', '.join(FRAMES)}."
            )
        member = User.objects.named(owner).first()
        if member is None:
            raise CommandError(f"There is no member named {owner!r}.")
        path = Path(source)
        if not path.exists():
            path = self._from_hub(source)
        try:
            version = bases.add_base(
                member,
                path,
                name=name,
                base_model=base.name,
                version_name=version_name,
                prompts=tuple(prompt or ("a landscape, morning light",)),
                on_progress=lambda done: self.stderr.write(f"{done / 1e9:.1f} GB read", ending="\r"),
            )
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        except Exception as error:
            from generation.sampler.errors import SamplerError

            if isinstance(error, SamplerError):
                raise CommandError(str(error)) from error
            raise
        self.stdout.write(f"{version.model.get_absolute_url()} can be drawn with.")

    def _from_hub(self, source):
        if source.count("/") != 1 or source.startswith((".", "/")):
            raise CommandError(f"There is no file or folder at {source}.")
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

        try:
            # Never a pickle, whatever the repository offers beside.
            return Path(snapshot_download(source, allow_patterns=["*.safetensors", "*.json", "*.txt"]))
        except (HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError, OSError) as error:
            raise CommandError(f"{source} could not be fetched: {error}") from error
