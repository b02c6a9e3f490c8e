"""The ODM snapshot of a subject: valid by CDISC's schema, every reference resolved, every value as kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import odmlib
import pytest
from lxml import etree
from odmlib.loader import ODMLoader
from odmlib.odm_loader import XMLODMLoader
from odmlib.oid_generator import create_oid_checker
from sqlalchemy import select

from imt_ecrf.conduct import verifying
from imt_ecrf.conduct.views import Address
from imt_ecrf.exchange.odm import NAMESPACE, snapshot
from imt_ecrf.exchange.odm_trail import transactions
from imt_ecrf.exchange.trail import trail_csv
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Subject
from tests.factories import World, make_study, real_book
from tests.reporting.conftest import fill_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imt_ecrf.store.documents import Change, FormRow

SCHEMA = Path(odmlib.__file__).parent / "schemas" / "odm" / "1.3.2" / "ODM1-3-2.xsd"
ODM = {"o": NAMESPACE}


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """Give the real study."""
    made = make_study(sqlite_url, real_book())
    yield made
    made.engines.dispose()


def written(world: World, write: Callable[..., bytes] = snapshot) -> tuple[bytes, list[FormRow], bytes]:
    """Write a subject's data and trail; give them with the forms they hold."""
    code = fill_child(world)
    with world.looking() as session:
        subject = session.scalars(select(Subject).where(Subject.code == code)).one()
        rows = documents.forms_of_subject(session.connection(), subject.id)
        as_of = "2026-04-01 10:00:00 UTC"
        data = write(session, world.user("SPON", None), subject, rows, as_of)
        return data, rows, trail_csv(session, subject, rows)


@pytest.mark.req("R52")
@pytest.mark.parametrize("write", [snapshot, transactions])
def test_the_file_is_valid_by_the_schema_and_every_reference_resolves(
    world: World, tmp_path: Path, write: Callable[..., bytes]
) -> None:
    data, _rows, _trail = written(world, write)
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    schema.assertValid(etree.fromstring(data).getroottree())
    file = tmp_path / "subject.xml"
    file.write_bytes(data)
    loader: Any = ODMLoader(XMLODMLoader(model_package="odm_1_3_2", ns_uri=NAMESPACE))
    loader.open_odm_document(str(file))
    faults = loader.root().validate(collect_errors=True, oid_checker=create_oid_checker("odm_1_3_2"))
    assert list(faults) == []


@pytest.mark.req("R52")
def test_every_value_stands_in_it_as_it_is_kept_with_who_gave_it(world: World) -> None:
    data, rows, _trail = written(world)
    found = sorted(
        (item.get("ItemOID"), item.get("Value"))
        for item in etree.fromstring(data).iterfind(".//o:ItemData", ODM)
        if item.get("IsNull") is None
    )
    kept = sorted(
        (path.rsplit(".", maxsplit=1)[-1], ";".join(v) if isinstance(v, list) else v)
        for row in rows
        for path, cell in row.document.items()
        if "@" not in path and (v := cell.get("v"))
    )
    assert found == kept
    items = etree.fromstring(data).findall(".//o:ItemData", ODM)
    assert [item for item in items if item.find("o:AuditRecord/o:UserRef", ODM) is None] == []


@pytest.mark.req("R43")
@pytest.mark.req("R52")
def test_every_change_of_every_item_stands_in_the_trail_with_its_audit_record(world: World) -> None:
    data, rows, _trail = written(world, transactions)
    told = [
        (item.get("ItemOID"), item.get("TransactionType"), item.get("Value", ""), *_audit(item))
        for item in etree.fromstring(data).iterfind(".//o:ItemData", ODM)
    ]
    with world.looking() as session:
        changes = [one for row in rows for one in documents.history(session.connection(), row.id)]
    kept = [
        (one.path.rsplit(".", maxsplit=1)[-1], _kind(one), _value(one.new), one.at_utc,
         f"USR.{one.username or 'system'}", one.reason, str(one.seq))
        for one in changes if "@" not in one.path
    ]  # fmt: skip
    assert sorted(told) == sorted(kept)
    assert {kind for _item, kind, *_rest in kept} == {"Insert", "Update"}


def _audit(item: Any) -> tuple[str, ...]:
    record = item.find("o:AuditRecord", ODM)
    names = ("DateTimeStamp", "ReasonForChange", "SourceID")
    at, why, seq = (record.findtext(f"o:{name}", "", ODM) for name in names)
    return at, record.find("o:UserRef", ODM).get("UserOID"), why, seq


def _kind(change: Change) -> str:
    return "Insert" if change.old is None else "Update" if change.new else "Remove"


def _value(cell: Any) -> str:
    value = (cell or {}).get("v", "")
    return ";".join(value) if isinstance(value, list) else value


@pytest.mark.req("R52")
def test_queries_void_signatures_and_verification_are_annotations(world: World) -> None:
    code = fill_child(world)
    vitals, monitor = Address(code, "SE_SCR", 1, "F_VS"), world.user("CRA")
    with world.acting() as session:
        height = verifying.look(session, monitor, vitals).items["VS_HEIGHT"]
        verifying.verify(session, monitor, vitals, {"VS_HEIGHT": height.digest})
    with world.looking() as session:
        subject = session.scalars(select(Subject).where(Subject.code == code)).one()
        rows = documents.forms_of_subject(session.connection(), subject.id)
        data = snapshot(session, world.user("SPON", None), subject, rows, "2026-04-01 10:00:00 UTC")
    found = [
        (_about(note.getparent()), *(note.findtext(f".//o:Flag{end}", "", ODM) for end in ("Type", "Value")))
        for note in etree.fromstring(data).iterfind(".//o:Annotation", ODM)
    ]  # fmt: skip
    wanted = {
        ("VS_WEIGHT", "QUERY", "open"), ("VS_HEIGHT", "VERIFICATION", "verify"), ("F_VS", "VOID", "VOID"),
        ("VS_SPO2", "MISSING", "MISSING"), ("F_AE", "FORM", "FORM"),
    }  # fmt: skip
    assert wanted - set(found) == set()


def _about(element: Any) -> str:
    return str(element.get("ItemOID") or element.get("FormOID"))


@pytest.mark.req("R05")
def test_the_trail_file_has_a_line_for_each_change_in_the_log(world: World) -> None:
    _data, rows, trail = written(world)
    with world.looking() as session:
        changes = sum(len(documents.history(session.connection(), row.id)) for row in rows)
    assert len(trail.decode("utf-8-sig").splitlines()) == changes + 1
