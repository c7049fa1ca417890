"""`python -m app` is the command `oncoform`."""

from app.cli import main

main(prog_name="oncoform")
