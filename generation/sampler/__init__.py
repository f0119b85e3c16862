"""Pictures from prompts: a resident Stable Diffusion, with no web framework in sight.

The way of a picture: a ``request.DrawRequest`` says what is wanted, ``engine.Engine`` keeps the bases in memory,
puts the LoRAs on, and yields one ``Drawn`` per picture. What is wrong with a request or a file is an exception of
``errors`` with a sentence that its reader understands. Nothing here imports Django or Celery, and nothing here
opens a pickle. ``request``, ``samplers``, ``prompts`` and ``files`` need no torch, so that the web may use them.
"""
