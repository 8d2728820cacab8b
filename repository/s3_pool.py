"""Many keys read at once: a service answers slowly one by one, and fast all together."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from luutru.fixity.digest import BLOCK, Digester, FileDigest
from luutru.packaging.ocfl.storage import Unreadable
from luutru.repository.s3_bucket import Bucket
from luutru.repository.s3_client import AT_ONCE

_ATTEMPTS = 3

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def pooled(
    work: Callable[[_Item], _Result], items: Iterable[_Item], *, at_once: int = AT_ONCE
) -> Iterator[tuple[_Item, _Result]]:
    """Do a work on each item, several at once; yields them in their order.  Raises what the work raises.

    Items are taken as there is room, so that they may be very many.
    """
    waiting: deque[tuple[_Item, Future[_Result]]] = deque()
    with ThreadPoolExecutor(at_once, "luutru-s3") as pool:
        try:
            for item in items:
                waiting.append((item, pool.submit(work, item)))
                if len(waiting) >= 4 * at_once:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def digests_of(
    bucket: Bucket,
    path: str,
    algorithms: Sequence[str],
    *,
    begin: Callable[[], Callable[[bytes], object]] = lambda: lambda _: None,
) -> FileDigest:
    """Read a key whole; its size and digests.

    An answer that is cut off is asked for again a few times: ``begin`` is called for each attempt
    and gives what takes the blocks.  Raises Missing, Unreadable.
    """
    attempt = 1
    while True:
        with bucket.open(path) as stream:
            take, digester = begin(), Digester(algorithms)
            try:
                while block := stream.read(BLOCK):
                    digester.update(block)
                    take(block)
                return FileDigest(digester.size, digester.digests())
            except Unreadable:
                if attempt == _ATTEMPTS:
                    raise
        time.sleep(random.uniform(0.1, 0.3) * 2**attempt)
        attempt += 1
