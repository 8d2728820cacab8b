"""XML written as text: for documents of a million alike elements, where a tree would be the cost.

Everything is escaped here and nowhere else; what XML 1.0 cannot carry is left out of texts
(names are escaped by their own rule before they come here).
"""

import re
from collections.abc import Mapping

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ATTRIBUTE = {**_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_IN_TEXT = str.maketrans(_TEXT)
_IN_ATTRIBUTE = str.maketrans(_ATTRIBUTE)


def text(value: str) -> str:
    """Character data."""
    return _ILLEGAL.sub("", value).translate(_IN_TEXT)


def attribute(value: str) -> str:
    """An attribute's value, to stand between double quotes."""
    return _ILLEGAL.sub("", value).translate(_IN_ATTRIBUTE)


def start(tag: str, attributes: Mapping[str, str] | None = None) -> str:
    """A start tag."""
    return f"<{tag}{_attributes(attributes)}>"


def element(tag: str, attributes: Mapping[str, str] | None = None, *content: str) -> str:
    """A whole element; its content is XML already (``text`` or other elements)."""
    inner = "".join(content)
    if not inner:
        return f"<{tag}{_attributes(attributes)}/>"
    return f"<{tag}{_attributes(attributes)}>{inner}</{tag}>"


def _attributes(attributes: Mapping[str, str] | None) -> str:
    if not attributes:
        return ""
    return "".join(f' {name}="{attribute(value)}"' for name, value in attributes.items())
