"""``luutru demo``: the whole story on sample records."""


def demo() -> None:
    """The whole story on sample records."""
