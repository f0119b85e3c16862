"""How a picture was made, as text inside its file: read from every tool that people use, written as A1111 writes it.

Pure Python: no Django, no PIL, no torch. ``reader.read(file)`` finds the text in a picture and gives a ``Recipe``;
``a1111.write(recipe)`` makes the text, ``png.write_text`` puts it into a PNG. Whatever a stranger's file holds, sizes
are bounded before anything is unpacked.
"""
