"""The only door for XML from outside: no DTD, no entities, no network, bounded depth; streamed."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from luutru.metadata_profiles.finding import Report

DEPTH = 100


def read_elements(
    stream: BinaryIO, report: Report, location: str, *, schema: etree.XMLSchema | None = None
) -> Iterator[tuple[str, etree._Element]]:
    """("start" or "end", element) of a document in its order; the caller clears what it has used.

    Problems go into the report: ``XML-DTD``, ``XML-NOT-WELL-FORMED``, ``XML-DEPTH``, and with a
    schema ``METS-XSD`` for each place that is not valid by it.
    """
    events = ("start", "end")
    try:
        # huge_tree stays off: libxml2's own limits on depth and text length are wanted.
        parser = etree.iterparse(
            stream, events, schema=schema, resolve_entities=False, no_network=True, load_dtd=False
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
            yield action, element
    except etree.XMLSyntaxError as error:
        _report_errors(error, report, location)
    except OSError as error:
        report.add("XML-UNREADABLE", location, reason=error.strerror or error)


def _report_errors(error: etree.XMLSyntaxError, report: Report, location: str) -> None:
    entries: list[Any] = list(error.error_log)  # type: ignore[call-overload]
    for entry in entries:
        if entry.domain_name == "SCHEMASV":
            report.add("METS-XSD", location, reason=_plain(entry.message))
        else:
            report.add("XML-NOT-WELL-FORMED", f"{location}:{entry.line}", reason=entry.message)
            return
    if not entries:
        report.add("XML-NOT-WELL-FORMED", location, reason=error.msg)


def _plain(message: str) -> str:
    """A schema message without the long namespace names."""
    for namespace in ("http://www.loc.gov/METS/", "http://www.w3.org/1999/xlink"):
        message = message.replace("{" + namespace + "}", "")
    return message


def release(element: etree._Element) -> None:
    """Let go of an element that was used, and of its siblings before it: memory stays flat."""
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]
