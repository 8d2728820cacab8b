"""The only door for XML from outside: no DTD, no entities, no network, bounded depth; streamed."""

import re
from collections.abc import Collection, Iterator
from typing import Any, BinaryIO

from lxml import etree

from luutru.metadata_profiles.finding import Report

DEPTH = 100
# Looking at all attributes of an element takes time by the square of their number.
ATTRIBUTES = 1000
MOST_SCHEMA_ERRORS = 10_000

_NAMESPACE = re.compile(r"\{[a-z]+:[^{}\s]+\}")


def read_elements(stream: BinaryIO, report: Report, location: str) -> Iterator[tuple[str, etree._Element]]:
    """("start" or "end", element) of a document in its order; the caller clears what it has used.

    Problems go into the report: ``XML-DTD``, ``XML-NOT-WELL-FORMED``, ``XML-DEPTH``,
    ``XML-ATTRIBUTES``, ``XML-UNREADABLE``; reading ends there.
    """
    try:
        # huge_tree stays off: libxml2's own limits on depth and text length are wanted.
        parser = etree.iterparse(
            stream, ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        )
        depth = 0
        for action, element in parser:
            depth += 1 if action == "start" else -1
            if depth == 1 and action == "start" and element.getroottree().docinfo.doctype:
                report.add("XML-DTD", location)
                return
            if depth > DEPTH:
                report.add("XML-DEPTH", location, limit=DEPTH)
                return
            if action == "start" and len(element.attrib) > ATTRIBUTES:
                report.add("XML-ATTRIBUTES", f"{location}:{element.sourceline or 0}", limit=ATTRIBUTES)
                return
            yield action, element
    except etree.XMLSyntaxError as error:
        report.add("XML-NOT-WELL-FORMED", f"{location}:{error.lineno or 0}", reason=error.msg)
    except OSError as error:
        report.add("XML-UNREADABLE", location, reason=error.strerror or error)


def read_children(
    stream: BinaryIO, report: Report, location: str, tags: Collection[str]
) -> Iterator[etree._Element]:
    """The root element's children of these tags, whole, one at a time; memory stays flat.

    For documents of very many alike children: what they hold is not met one by one.  Problems
    go into the report as in ``read_elements``; nothing is yielded for a document with a DTD.
    """
    try:
        parser = etree.iterparse(
            stream, ("end",), tag=tuple(tags), resolve_entities=False, no_network=True, load_dtd=False
        )
        root = None
        for _, element in parser:
            if root is None:
                root = element.getroottree().getroot()
                if root.getroottree().docinfo.doctype:
                    report.add("XML-DTD", location)
                    return
            if element.getparent() is root:
                yield element
                release(element)
    except etree.XMLSyntaxError as error:
        report.add("XML-NOT-WELL-FORMED", f"{location}:{error.lineno or 0}", reason=error.msg)
    except OSError as error:
        report.add("XML-UNREADABLE", location, reason=error.strerror or error)


def check_schema(
    stream: BinaryIO,
    report: Report,
    location: str,
    schema: etree.XMLSchema,
    *,
    rule: str = "METS-XSD",
    tags: Collection[str] | None = None,
) -> None:
    """Say, under a rule, where a well-formed document is not valid by a schema; memory stays flat.

    ``tags`` are those of the root's children, where there are very many: only they are let go of.
    This is a pass of its own: with a schema lxml says nothing of a document that is not well
    formed.
    """
    wanted = tuple(tags) if tags else None
    parser = etree.iterparse(
        stream, ("end",), tag=wanted, schema=schema, resolve_entities=False, no_network=True
    )
    try:
        for number, (_, element) in enumerate(parser):
            release(element)
            # Libxml2 keeps what it has to say in memory: a report shows the first of it only.
            if number % 4096 == 0 and len(parser.error_log) > MOST_SCHEMA_ERRORS:
                break
    except etree.XMLSyntaxError:
        pass  # the log has them all
    entries: list[Any] = list(parser.error_log)
    for entry in entries:
        report.add(
            rule, f"{location}:{entry.line}" if rule != "METS-XSD" else location, reason=_plain(entry.message)
        )


def _plain(message: str) -> str:
    """A schema message without the long namespace names."""
    return _NAMESPACE.sub("", message)


def release(element: etree._Element) -> None:
    """Let go of an element that was used, and of its siblings before it: memory stays flat."""
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]
