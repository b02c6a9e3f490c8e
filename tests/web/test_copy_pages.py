"""The page that judges a copy, for anyone and within limits; and the page that countersigns one."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from imt_ecrf import jobs
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.certificate import make_seal
from imt_ecrf.reporting.options import Options
from imt_ecrf.store.tables import Event
from tests.factories import PASSWORD, identified
from tests.web.clerk import Answered, Clerk

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.reporting.keep import House
    from tests.web.clerk import Office

PAGE = "/check-copy"


@pytest.fixture
def paper(house: Office) -> House:
    """Give the installation of the pages as paper needs it, with its seal."""
    settings = house.app.extensions["imt_ecrf"].settings
    make_seal(settings.data / keep.KEYS, "Test hospital")
    return jobs.house_of(house.world.engines, settings)


@pytest.fixture
def copy(house: Office, paper: House) -> bytes:
    """Give the investigator's copy of the casebook of 01-001."""
    code = house.world.subject("01")
    house.world.subject("02")
    made = keep.make_and_keep(paper, house.world.user("PI", "01"), code, Options("en"))
    return (paper.data / made.path).read_bytes()


def anybody(house: Office) -> Clerk:
    """Give somebody nobody knows."""
    return Clerk(house, "nobody")


def brought(clerk: Clerk, data: bytes, language: str = "en", **more: Any) -> Answered:
    """Bring a file to the page."""
    form = next(one for one in clerk.get(f"{PAGE}?lang={language}").page.forms if PAGE in one.action)
    file = FileStorage(io.BytesIO(data), "copy.pdf")
    return posted(clerk, PAGE, {**form.sent(), "copy": file}, **more)


def posted(clerk: Clerk, path: str, sent: dict[str, Any], **more: Any) -> Answered:
    """Send a form with a file; encoded here, because the test client leaves its own spool open."""
    flat = {name: one[0] if isinstance(one, list) else one for name, one in sent.items()}
    boundary, body = encode_multipart(flat)
    more["content_type"] = f"multipart/form-data; boundary={boundary}"
    return clerk._answer(clerk.client.post(path, data=body, **more))


def said(answered: Answered) -> str:
    """Give the words of a page."""
    return " ".join(answered.raw.get_data(as_text=True).split())


@pytest.mark.req("R44")
def test_anybody_learns_whether_a_copy_is_genuine_but_nothing_beyond_the_copy(
    house: Office, copy: bytes
) -> None:
    found = brought(anybody(house), copy)
    text = said(found)
    assert found.status == 200
    assert "This copy is genuine" in text
    assert "The data of the subject have not changed since it was made." in text
    assert hashlib.sha256(copy).hexdigest() in text
    assert "/subjects/" not in text
    house.world.clock.advance(hours=1)
    with house.world.looking() as session:
        events = session.scalars(select(Event).where(Event.act == "copy.checked")).all()
    assert [(one.username, one.object) for one in events] == [("-", hashlib.sha256(copy).hexdigest())]


@pytest.mark.parametrize(
    ("language", "altered", "foreign"),
    [
        ("en", "This copy was altered", "This is not a copy of this installation"),
        ("ru", "Эта копия изменена", "Это не копия этой установки"),
    ],
)
def test_an_altered_and_a_foreign_file_are_told_apart(
    house: Office, copy: bytes, language: str, altered: str, foreign: str
) -> None:
    changed = bytearray(copy)
    changed[len(copy) // 3] ^= 4
    nobody = anybody(house)
    assert altered in said(brought(nobody, bytes(changed), language))
    assert altered in said(brought(nobody, copy + b"\n", language))
    assert foreign in said(brought(nobody, b"%PDF-1.7\nnothing", language))


def locked(pdf: bytes) -> bytes:
    """Save a PDF again with a password."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def without_seal(pdf: bytes) -> bytes:
    """Spoil the certificate within the seal, so that no signature can be read any more."""
    spoilt = bytearray(pdf)
    at = pdf.rindex(b"/Contents <") + 200
    spoilt[at : at + 2000] = b"00" * 1000
    return bytes(spoilt)


@pytest.mark.parametrize(
    ("spoil", "told", "russian"),
    [
        (lambda _: b"", ("not a copy", "The file is empty."), "Файл пуст."),
        (lambda _: b"a text", ("not a copy", "It is not a PDF."), "Это не PDF."),
        (lambda pdf: pdf[:2000], ("not a copy", "it is incomplete or damaged"), "файл неполон или повреждён"),
        (lambda pdf: pdf[: len(pdf) // 2], ("was altered", "or it is cut off"), "или обрезан"),
        (without_seal, ("was altered", "further on it differs"), "дальше он отличается"),
        (locked, ("was altered", "It is encrypted"), "Файл зашифрован"),
    ],
    ids=("empty", "a text", "a scrap", "cut off", "seal spoilt", "encrypted"),
)
def test_what_is_the_matter_with_a_file_is_said_plainly(
    house: Office, copy: bytes, spoil: Callable[[bytes], bytes], told: tuple[str, str], russian: str
) -> None:
    file = spoil(copy)
    page = said(brought(anybody(house), file))
    assert [words for words in told if words not in page] == []
    assert russian in said(brought(anybody(house), file, "ru"))


def test_who_may_have_the_casebook_is_led_to_it(house: Office, copy: bytes) -> None:
    own, other = house.clerk("PI", "01"), house.clerk("PI", "02")
    assert "/subjects/01-001" in said(brought(own, copy))
    assert "01-001" not in said(brought(other, copy)).partition("Signatures on the file")[0]


def test_only_this_page_takes_a_large_file_and_says_how_large(house: Office, paper: House) -> None:
    del paper
    nobody = anybody(house)
    large = b"%PDF-1.7\n" + b"x" * 3_000_000
    assert brought(nobody, large).status == 200
    form = next(one for one in nobody.get("/login").page.forms if one.method == "post").sent()
    file = {**form, "username": "a", "password": "b", "copy": FileStorage(io.BytesIO(large), "x.pdf")}
    assert posted(nobody, "/login", file).status == 413
    length = {"CONTENT_LENGTH": "50000001"}
    too_large = posted(nobody, PAGE, {"a": "b"}, environ_overrides=length)
    assert (too_large.status, "larger than 50 MB" in said(too_large)) == (413, True)


def test_nobody_can_keep_the_page_busy(house: Office, paper: House) -> None:
    del paper
    nobody = anybody(house)
    answers = [brought(nobody, b"%PDF-1.7\nnothing").status for _ in range(7)]
    assert answers == [200] * 6 + [429]
    other = {"REMOTE_ADDR": "192.0.2.7"}
    assert brought(nobody, b"%PDF-1.7\nnothing", environ_overrides=other).status == 200


def test_a_page_sent_without_a_file_or_without_its_token_is_refused(house: Office, paper: House) -> None:
    del paper
    nobody = anybody(house)
    form = next(one for one in nobody.get(PAGE).page.forms if PAGE in one.action)
    empty = posted(nobody, PAGE, form.sent())
    assert (empty.status, "Choose the file of the copy first." in said(empty)) == (422, True)
    file = {"copy": FileStorage(io.BytesIO(b"x"), "x.pdf")}
    assert posted(nobody, PAGE, file).status == 400


def test_a_file_made_to_break_the_reader_is_not_ours(house: Office, paper: House) -> None:
    del paper
    deep = b"%PDF-1.7\n1 0 obj\n" + b"<</A " * 50_000 + b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    assert "This is not a copy of this installation" in said(brought(anybody(house), deep))


@pytest.mark.req("R09")
def test_the_investigator_countersigns_the_copy_on_the_page(house: Office, copy: bytes) -> None:
    pi = house.clerk("PI", "01")
    address = "/subjects/01-001/countersign?language=en"
    assert "/subjects/01-001/countersign" in said(pi.get("/casebooks"))
    page = pi.get(address)
    assert "I have reviewed this copy of the casebook" in said(page)
    assert pi.get("/subjects/01-001/countersign/copy?language=en").raw.get_data() == copy
    form = next(one for one in page.page.forms if "countersign" in one.action)
    wrong = pi.send(form.action, {**form.sent(), "password": "not the password"})
    assert wrong.status == 403
    assert pi.send(form.action, {**form.sent(), "password": PASSWORD}).status == 302
    after = said(pi.get(address))
    assert "The copy is signed." in after
    assert "This copy carries the signature of your role." in after
    signed = pi.get("/subjects/01-001/countersign/copy?language=en").raw.get_data()
    assert signed.startswith(copy)
    text = said(brought(pi, signed))
    assert "Anna Ivanova-Pi" in text
    assert "Investigator / Исследователь" in text


def test_the_sponsor_signs_the_same_file_and_other_roles_find_no_such_page(
    house: Office, copy: bytes
) -> None:
    del copy
    sponsor = house.world.user("SPON", None)
    with house.world.acting() as session:
        identified(session, sponsor.username, house.world.clock)
    address = "/subjects/01-001/countersign?language=en"
    clerk = house.clerk("SPON")
    assert "There is no copy of the present state yet" in said(clerk.get(address))
    pi = house.clerk("PI", "01")
    form = next(one for one in pi.get(address).page.forms if "countersign" in one.action)
    pi.send(form.action, {**form.sent(), "password": PASSWORD})
    form = next(one for one in clerk.get(address).page.forms if "countersign" in one.action)
    assert clerk.send(form.action, {**form.sent(), "password": PASSWORD}).status == 302
    assert "Anna Ivanova-Spon" in said(clerk.get(address))
    assert house.clerk("CRA", "01").get(address).status == 403
    assert house.clerk("PI", "02").get(address).status == 404
