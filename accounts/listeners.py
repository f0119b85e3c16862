"""What this room does when the kernel tells of something."""

from civitai import adapters


def register():
    adapters.on("level_chosen", lambda user, mask: user.choose_level(mask))
    adapters.on("language_chosen", lambda user, language: user.choose_language(language))
