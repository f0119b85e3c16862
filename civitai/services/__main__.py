"""`python -m civitai.services`: `exec -- COMMAND…` for the length of one command, `up` for the whole site."""

import argparse
import sys

from civitai.services import buckets, throwaway, up
from civitai.services.failures import ServiceFailure


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m civitai.services", description=__doc__)
    commands = parser.add_subparsers(dest="verb", required=True)
    run = commands.add_parser("exec", help="start PostgreSQL, Valkey and the store, run a command, stop them")
    run.add_argument("--data", help="keep the services' data in this folder instead of a temporary one")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    commands.add_parser("up", help="start the whole site and keep it running")
    commands.add_parser("buckets", help="make the buckets at S3_ENDPOINT_URL and allow the site's pages to use them")
    given = parser.parse_args(arguments)
    if given.verb == "up":
        return up.run()
    if given.verb == "buckets":
        return buckets.prepare_given()
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not command:
        parser.error("name the command to run after --")
    try:
        return throwaway.run(command, folder=given.data)
    except ServiceFailure as failure:
        print(failure, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
