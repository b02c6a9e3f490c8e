"""What a file says of itself: XMP for PDF/A and PDF/UA, information, colours; knows no pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from imt_ecrf.reporting.writer import dictionary, text

PROFILE: Final = "sRGB2014.icc"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@dataclass(frozen=True, slots=True)
class Copy:
    """What belongs to the file as a whole and to no part; `archive` is the part of PDF/A, 2 or 3."""

    title: str
    author: str
    subject: str
    language: str
    created: str
    generator: str
    archive: int = 3


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the file: its source, for machines."""

    name: str
    description: str
    mime: str
    data: bytes


_EXTENSION: Final = """<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


def xmp(copy: Copy) -> bytes:
    """Write the metadata packet: PDF/A-2a or 3a and PDF/UA-1, title, author, language, times, producer."""
    about, end = '<rdf:Description rdf:about=""', "</rdf:Description>"
    title, author, subject = (escape(said) for said in (copy.title, copy.author, copy.subject))
    maker, at = escape(copy.generator), copy.created
    lines = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">',
        f'{about} xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">',
        f"<pdfaid:part>{copy.archive}</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>{end}",
        f'{about} xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>{end}',
        f'{about} xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format>',
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>',
        f"<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator><dc:description>",
        f'<rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>',
        f"<dc:language><rdf:Bag><rdf:li>{copy.language}</rdf:li></rdf:Bag></dc:language>{end}",
        f'{about} xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreateDate>{at}</xmp:CreateDate>',
        f"<xmp:ModifyDate>{at}</xmp:ModifyDate><xmp:MetadataDate>{at}</xmp:MetadataDate>",
        f"<xmp:CreatorTool>{maker}</xmp:CreatorTool>{end}",
        f'{about} xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>{maker}</pdf:Producer>{end}',
        _EXTENSION,
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>',
    )
    return "\n".join(lines).encode()


def information(copy: Copy) -> bytes:
    """Write the document information; it says what the metadata packet says."""
    at, maker = date(copy.created), text(copy.generator)
    return dictionary(
        Title=text(copy.title), Author=text(copy.author), Subject=text(copy.subject), Creator=maker,
        Producer=maker, CreationDate=at, ModDate=at,
    )  # fmt: skip


def date(moment: str) -> bytes:
    """Write a moment (ISO, UTC, to the second) as a PDF does."""
    return text(f"D:{''.join(sign for sign in moment if sign.isdigit())}Z")


@cache
def colours() -> bytes:
    """Give the sRGB profile that comes with WeasyPrint, without loading WeasyPrint."""
    found = find_spec("weasyprint")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(PROFILE)
    return (Path(found.submodule_search_locations[0]) / "pdf" / PROFILE).read_bytes()
