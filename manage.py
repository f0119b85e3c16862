#!/usr/bin/env python
"""Django's command line; without DJANGO_SETTINGS_MODULE it speaks to the stack of this machine."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "civitai.settings.dev")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
