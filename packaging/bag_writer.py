"""The tag files of a bag that is handed out (RFC 8493), from digests known already."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

_ALGORITHMS = ("sha256", "sha512")


def write_bag_tags(
    payload: Mapping[str, Mapping[str, str]],
    sizes: Mapping[str, int],
    tags: Mapping[str, bytes],
    info: Sequence[tuple[str, str]],
) -> dict[str, bytes]:
    """bagit.txt, bag-info.txt, and manifests of the payload (path -> algorithm -> digest) and of all tags.

    ``tags`` are further tag files (path -> bytes), which the tag manifests list too.  Raises
    ValueError for a value of ``info`` with a line end.
    """
    oxum = f"{sum(sizes[path] for path in payload)}.{len(payload)}"
    written = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": _info([*info, ("Payload-Oxum", oxum)]),
    }
    for algorithm in _ALGORITHMS:
        lines = ((path, digests[algorithm]) for path, digests in payload.items())
        written[f"manifest-{algorithm}.txt"] = _manifest(lines)
    listed = {**tags, **written}
    for algorithm in _ALGORITHMS:
        lines = ((path, hashlib.new(algorithm, data).hexdigest()) for path, data in listed.items())
        written[f"tagmanifest-{algorithm}.txt"] = _manifest(lines)
    return written


def _info(info: Iterable[tuple[str, str]]) -> bytes:
    lines = []
    for label, value in info:
        if "\n" in value or "\r" in value:
            raise ValueError(f"the value of {label} has a line end")
        lines.append(f"{label}: {value}\n")
    return "".join(lines).encode("utf-8")


def _manifest(entries: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(f"{digest}  {_encoded(path)}\n".encode() for path, digest in sorted(entries))


def _encoded(path: str) -> str:
    """Section 2.1.3: line ends and the percent sign are written in percent encoding."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
