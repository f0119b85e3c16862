"""Acts that happen in the same instant, each over a connection of its own."""

import threading

from django.db import connection

from civitai.errors import Refused


def at_once(acts):
    """What was refused, as the errors; anything else that breaks fails the test."""
    refused, broken, gate = [], [], threading.Barrier(len(acts))

    def one(act):
        try:
            gate.wait()
            act()
        except Refused as error:
            refused.append(error)
        except Exception as error:  # in a thread nobody else would see it; told below
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not broken, broken
    return refused
