"""What may go wrong in drawing. ``str(error)`` is a plain English sentence for the person who asked."""


class SamplerError(Exception):
    """The common root; ``sentence`` is what the user may read."""

    def __init__(self, sentence):
        super().__init__(sentence)
        self.sentence = sentence


class BadRequest(SamplerError):
    """A setting is out of its range; ``field`` is the name of the ``DrawRequest`` field."""

    def __init__(self, sentence, field):
        super().__init__(sentence)
        self.field = field


class BadFile(SamplerError):
    """A file is damaged, lies about itself, or is of a kind that is never opened."""


class DoesNotFit(SamplerError):
    """A LoRA was made for another base: its keys or shapes do not match."""


class Broken(SamplerError):
    """The numbers ran away: the picture would be black or noise."""


class Stopped(SamplerError):
    """``should_stop`` said so. Pictures already yielded are whole."""

    def __init__(self):
        super().__init__("The drawing was stopped.")
