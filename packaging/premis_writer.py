"""Writes PREMIS 3 by streaming: any number of files in flat memory."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, BinaryIO

from luutru.metadata_profiles.premis import (
    NAMESPACE,
    Agent,
    Event,
    FileObject,
    Format,
    IntellectualEntity,
    escape_name,
)
from luutru.packaging.xml_text import DECLARATION, element, start, text

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ROOT = {"xmlns": NAMESPACE, "xmlns:xsi": _XSI, "version": "3.0"}

PATH_TYPE = "path in package"
_ALGORITHM = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}

Tree = tuple[str, Any]


def write_premis(
    out: BinaryIO,
    *,
    entity: IntellectualEntity,
    files: Iterable[FileObject],
    events: Sequence[Event],
    agents: Sequence[Agent],
) -> None:
    """Write one PREMIS document about a package: the package, its files, events and agents.

    Raises OSError where ``out`` cannot be written.
    """
    out.write((DECLARATION + start("premis", _ROOT) + "\n").encode())
    out.writelines(xml.encode() + b"\n" for xml in _all(entity, files, events, agents))
    out.write(b"</premis>\n")


def _all(
    entity: IntellectualEntity, files: Iterable[FileObject], events: Sequence[Event], agents: Sequence[Agent]
) -> Iterable[str]:
    yield _entity(entity)
    for file in files:
        yield _file(file)
    for event in events:
        yield _event(event)
    for agent in agents:
        yield _agent(agent)


def _entity(entity: IntellectualEntity) -> str:
    properties = [
        (
            "significantProperties",
            [("significantPropertiesType", name), ("significantPropertiesValue", value)],
        )
        for name, value in entity.properties.items()
    ]
    return _object("intellectualEntity", [_identifier("object", "UUID", entity.id), *properties])


def _file(file: FileObject) -> str:
    # Written out in full: there is one for each file, and a tree of each would be most of the work.
    path = text(escape_name(file.path))
    fixity = "".join(
        [
            f"<fixity><messageDigestAlgorithm>{_ALGORITHM.get(name, name)}</messageDigestAlgorithm>"
            f"<messageDigest>{value}</messageDigest></fixity>"
            for name, value in file.digests.items()
        ]
    )
    original = (
        f"<originalName>{text(escape_name(file.original_name))}</originalName>" if file.original_name else ""
    )
    return (
        '<object xsi:type="file">'
        f"<objectIdentifier><objectIdentifierType>{PATH_TYPE}</objectIdentifierType>"
        f"<objectIdentifierValue>{path}</objectIdentifierValue></objectIdentifier>"
        f"<objectCharacteristics>{fixity}<size>{file.size}</size>{_format(file.format)}</objectCharacteristics>"
        f"{original}</object>"
    )


@lru_cache(maxsize=1024)
def _format(format_: Format) -> str:
    described: list[Tree] = [
        ("formatDesignation", [("formatName", format_.name), *_optional("formatVersion", format_.version)])
    ]
    if format_.puid:
        key = [("formatRegistryName", "PRONOM"), ("formatRegistryKey", format_.puid)]
        described.append(("formatRegistry", key))
    described += _optional("formatNote", f"MIME type {format_.mime}" if format_.mime else "")
    return _xml(("format", described))


def _event(event: Event) -> str:
    outcome: list[Tree] = [("eventOutcome", event.outcome)]
    if event.outcome_note:
        outcome.append(("eventOutcomeDetail", [("eventOutcomeDetailNote", event.outcome_note)]))
    agents = [
        (
            "linkingAgentIdentifier",
            [
                ("linkingAgentIdentifierType", "local"),
                ("linkingAgentIdentifierValue", agent),
                ("linkingAgentRole", role),
            ],
        )
        for agent, role in event.agents
    ]
    objects = [
        (
            "linkingObjectIdentifier",
            [("linkingObjectIdentifierType", "UUID"), ("linkingObjectIdentifierValue", object_)],
        )
        for object_ in event.objects
    ]
    parts: list[Tree] = [
        _identifier("event", "UUID", event.id),
        ("eventType", event.type),
        ("eventDateTime", event.date_time.isoformat()),
    ]
    if event.detail:
        parts.append(("eventDetailInformation", [("eventDetail", event.detail)]))
    parts.append(("eventOutcomeInformation", outcome))
    return _xml(("event", [*parts, *agents, *objects]))


def _agent(agent: Agent) -> str:
    return _xml(
        (
            "agent",
            [
                _identifier("agent", "local", agent.id),
                ("agentName", agent.name),
                ("agentType", agent.type),
                *_optional("agentVersion", agent.version),
            ],
        )
    )


def _identifier(of: str, kind: str, value: str) -> Tree:
    return (f"{of}Identifier", [(f"{of}IdentifierType", kind), (f"{of}IdentifierValue", value)])


def _optional(tag: str, text: str) -> list[Tree]:
    return [(tag, text)] if text else []


def _xml(tree: Tree) -> str:
    tag, content = tree
    if isinstance(content, str):
        return element(tag, None, text(content))
    return element(tag, None, *map(_xml, content))


def _object(category: str, parts: list[Tree]) -> str:
    return element("object", {"xsi:type": category}, *map(_xml, parts))
