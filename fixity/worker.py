"""A worker process: takes batches on standard input, gives their results on standard output."""

import pickle
import signal
import sys
from importlib import import_module


def main() -> None:
    """Work until the other side closes the pipe."""
    # An interrupt from the terminal reaches the whole group; our parent ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    module, name, shared = pickle.load(source)
    task = getattr(import_module(module), name)
    while True:
        try:
            batch = pickle.load(source)
        except EOFError:
            return
        try:
            answer = task(shared, batch)
        except Exception as error:  # noqa: BLE001  (whatever it is, the other side raises it)
            answer = error
        pickle.dump(answer, target, pickle.HIGHEST_PROTOCOL)
        target.flush()
