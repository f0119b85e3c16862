"""Why a picture was not taken: codes in the table, sentences in the reader's language."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "kind": _("This is no picture that we can show. Use PNG, JPEG, WebP or AVIF."),
    "broken": _("This picture is broken or cut short. Save or export it again."),
    "animated": _("Animated pictures are not taken. Use a still one."),
    "large": _("This picture has too many pixels. The most is 8192 on a side."),
    "heavy": _("This picture could not be opened safely. Save it anew with another program."),
    "stuck": _("This picture could not be prepared. Upload it again."),
    "registry": _("This picture is in the registry of what was taken down. You can object to that."),
    "withdrawn": _("Its owner took this picture back."),
}


def sentence_for(code):
    return SENTENCES.get(code, code)
