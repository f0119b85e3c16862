"""From a stranger's file to pixels, in a process of its own. Pure: Pillow and the standard library, no Django."""
