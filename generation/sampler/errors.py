"""What may go wrong in drawing. ``str(error)`` is a plain English sentence for the person who asked."""


class SamplerError(Exception):
    """The common root. ``template`` is the sentence with named places, ``values`` what stands in them.

    This package knows no translations; who does says ``error.told(gettext)``.
    """

    def __init__(self, template, **values):
        super().__init__(template.format(**values))
        self.template = template
        self.values = values

    @property
    def sentence(self):
        return str(self)

    def told(self, translate):
        """The sentence in the language of ``translate``, a function of one message."""
        return translate(self.template).format(**self.values)


class BadRequest(SamplerError):
    """A setting is out of its range; ``field`` is the name of the ``DrawRequest`` field."""

    def __init__(self, template, field, **values):
        super().__init__(template, **values)
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
