"""A worker process: takes batches on standard input, gives their results on standard output."""

import os
import pickle
import signal
import sys
from importlib import import_module
from typing import BinaryIO


def main() -> None:
    """Work until the other side closes the pipe."""
    # An interrupt from the terminal reaches the whole group; our parent ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _serve(sys.stdin.buffer, sys.stdout.buffer)
    except (EOFError, BrokenPipeError):
        # The other side is gone: nobody is left to tell, and nothing to flush to.
        os._exit(0)


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    module, name, shared = pickle.load(source)
    task = getattr(import_module(module), name)
    while True:
        batch = pickle.load(source)
        try:
            answer = task(shared, batch)
        except Exception as error:  # noqa: BLE001  (whatever it is, the other side raises it)
            answer = error
        pickle.dump(answer, target, pickle.HIGHEST_PROTOCOL)
        target.flush()
