"""Due signatures on the screen: own list, batch of a milestone, state of the sites, history of a subject."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import entry
from imt_ecrf.conduct.views import Address, Answer
from tests.dated import dated_book
from tests.factories import PASSWORD, filled_form
from tests.web.clerk import Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.web.clerk import Answered, Clerk

VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}
WEIGHED = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}
OF_VISIT = "MS_REST.SE_SCR.1"


@pytest.fixture
def dated(tmp_path: Path) -> Iterator[Office]:
    """Give the study whose signatures have milestones, with its pages."""
    place = office(tmp_path / "dated", dated_book())
    yield place
    place.world.engines.dispose()


@pytest.fixture
def subject(dated: Office) -> str:
    """Give a subject with two complete forms of a visit and one complete line of a log."""
    world, code = dated.world, dated.world.subject("01")
    crc = world.user("CRC")
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_VS"), WEIGHED)
    filled_form(
        world, crc, Address(code, "SE_LOG", 1, "F_AE", 1), {"AETERM": "Rash", "AESTDAT": "2026-03-09"}
    )
    return code


def sign(clerk: Clerk, subject: str, milestone: str = OF_VISIT) -> Answered:
    """Open every form a milestone asks for and sign them with the boxes as the page has ticked them."""
    address = f"/sign/{subject}?milestone={milestone}"
    for form in ("SE_SCR.1/F_SV.1", "SE_SCR.1/F_VS.1"):
        clerk.get(f"/subjects/{subject}/{form}")
    page = clerk.get(address)
    ticked = re.findall(r'name="form" id="[^"]+" value="([^"]+)" checked', page.raw.get_data(as_text=True))
    sent = {**page.page.form("signing").sent(), "form": ticked, "password": PASSWORD}
    return clerk.send(address, sent)


def correct(place: Office, subject: str) -> None:
    """Correct a weight and complete the form again."""
    world, address = place.world, Address(subject, "SE_SCR", 1, "F_VS")
    crc = world.user("CRC")
    world.clock.advance(hours=1)
    saved = world.save(crc, address, {"WEIGHT": Answer("13", "kg")}, {"*": "TYPING"})
    with world.acting() as session:
        entry.complete_form(session, crc, address, saved.version, {"*": "fine"})


@pytest.mark.req("R16")
def test_the_own_list_says_what_is_due_by_when_and_how_late(dated: Office, subject: str) -> None:
    clerk = dated.clerk("PI")
    text = clerk.get("/sign").page.text
    assert "Signatures overdue 1 · Signatures due 1" in text
    assert f"Signature due {subject} Rest: SE_SCR , {subject} by 9 Apr 2026 2 to sign" in text
    late = "overdue by 15 hours, since 10 Mar 2026, 00:00 at the site"
    assert f"Signature overdue {subject} Event: F_AE, line 1 , {subject} {late} 1 to sign" in text
    dated.world.clock.advance(days=31)
    clerk.sign_in()
    text = clerk.get("/sign").page.text
    assert "Signatures overdue 2 · Signatures due 0" in text
    assert f"{subject} overdue by 1 day, since 9 Apr 2026 2 to sign" in text
    assert "overdue by 31 days, since 10 Mar 2026, 00:00 at the site" in text
    russian = clerk.get("/sign?lang=ru").page.text
    assert "просрочено на 1 день, срок 9 апр 2026" in russian
    assert "2 на подпись" in russian


@pytest.mark.req("R16")
def test_a_milestone_is_signed_as_a_batch_that_shows_what_changed_and_when_it_is_due(
    dated: Office, subject: str
) -> None:
    clerk = dated.clerk("PI")
    page = clerk.get(f"/sign/{subject}?milestone={OF_VISIT}").page
    assert "Rest: SE_SCR , by 9 Apr 2026." in page.text
    assert "F_AE" not in page.text.partition("Earlier signatures")[0]
    assert "2 forms are not opened yet" in page.text
    assert sign(clerk, subject).where == f"/sign/{subject}?milestone={OF_VISIT}"
    assert (
        "Nothing of this milestone waits for your signature."
        in clerk.get(f"/sign/{subject}?milestone={OF_VISIT}").page.text
    )
    correct(dated, subject)
    clerk.sign_in()
    text = clerk.get(f"/sign/{subject}?milestone={OF_VISIT}").page.text
    assert "Changed after the signature" in text
    assert "12.50 kg → became 13 kg Typing error Anna Ivanova-Crc, 10 Mar 2026, 13:00 UTC" in text
    assert "Due again" in clerk.get("/sign").page.text


def test_the_next_form_of_a_milestone_stays_within_it_and_leads_back_to_its_batch(
    dated: Office, subject: str
) -> None:
    clerk = dated.clerk("PI")
    clerk.get(f"/sign/{subject}?milestone={OF_VISIT}")
    came = []
    for _ in range(3):
        came.append(clerk.get(f"/sign/{subject}/next").where)
        clerk.get(came[-1])
    visit = f"/subjects/{subject}/SE_SCR.1"
    assert came == [f"{visit}/F_SV.1", f"{visit}/F_VS.1", f"/sign/{subject}?milestone={OF_VISIT}"]
    clerk.get(f"/sign/{subject}")
    assert clerk.get(f"/sign/{subject}/next").where == f"/subjects/{subject}/SE_LOG.1/F_AE.1"


def test_corrections_of_a_form_that_nobody_signed_are_shown_before_the_first_signature(
    dated: Office, subject: str
) -> None:
    correct(dated, subject)
    text = dated.clerk("PI").get(f"/sign/{subject}?milestone={OF_VISIT}").page.text
    assert (
        "corrected: weight 12.50 kg → became 13 kg Typing error, Anna Ivanova-Crc, 10 Mar 2026, 13:00 UTC"
        in text
    )


@pytest.mark.req("R16")
@pytest.mark.parametrize("role", ["CRA", "SPON", "DM", "CRC", "AUD"])
def test_who_oversees_sees_what_is_due_for_each_investigator_and_cannot_sign(
    dated: Office, subject: str, role: str
) -> None:
    dated.world.user("PI")
    dated.world.user("SUBI")
    clerk = dated.clerk(role)
    text = clerk.get("/signatures/due").page.text
    assert "Anna Ivanova-Pi PI 01 1 1 overdue by 15 hours" in text
    assert "Anna Ivanova-Subi" not in text
    assert "Signatures overdue 1 · Signatures due 1" in text
    assert f"/sign/{subject}" not in clerk.get("/signatures/due").raw.get_data(as_text=True)
    assert clerk.get(f"/sign/{subject}").status == 403
    assert ("Plan the data cut" in text) == (role == "DM")


@pytest.mark.req("R13")
def test_a_delegate_stands_in_the_list_with_what_the_delegation_covers(dated: Office, subject: str) -> None:
    deputy, chief = dated.world.user("SUBI").username, dated.clerk("PI")
    form = chief.get("/sign/delegation").page.forms[-1].sent()
    past = {**form, "person": f"{deputy}/01", "since": "09.03.2026"}
    refused = chief.send("/sign/delegation", past)
    assert (refused.status, "it is never dated back" in refused.page.text) == (422, True)
    given = {**form, "person": f"{deputy}/01", "covers": ["MS_REST"], "until": "31.12.2026"}
    assert chief.send("/sign/delegation", given).status == 302
    later = {**form, "person": f"{deputy}/01", "since": "01.05.2026"}
    assert chief.send("/sign/delegation", later).status == 302
    text = chief.get("/sign/delegation").page.text
    assert "Anna Ivanova-Subi 01 Rest 10 Mar 2026, 12:00 UTC 31 Dec 2026 In force" in text
    assert "everything a sub-investigator may sign 1 May 2026, 00:00 UTC Begins later" in text
    dated.world.clock.advance(seconds=1)
    listed = dated.clerk("CRA").get("/signatures/due").page.text
    assert "Anna Ivanova-Subi SUBI only: Rest until 1 Jan 2027, 00:00 UTC 01 0 1" in listed
    own = dated.clerk("CRA").get(f"/signatures/due?person={deputy}").page.text
    assert "What Anna Ivanova-Subi may sign" in own
    assert "Signatures overdue 0 · Signatures due 1" in own
    clerk = dated.clerk("SUBI")
    assert f"Signature due {subject} Rest: SE_SCR" in clerk.get("/sign").page.text
    clerk.get(f"/subjects/{subject}/SE_LOG.1/F_AE.1")
    token = clerk.get(f"/sign/{subject}?milestone={OF_VISIT}").page.form("signing").sent()
    answer = clerk.send(f"/sign/{subject}", {**token, "form": ["SE_LOG.1/F_AE.1@1"], "password": PASSWORD})
    assert answer.status == 403
    assert "now it can be signed by: Anna Ivanova-Pi (PI)." in answer.page.text


@pytest.mark.req("R12")
@pytest.mark.req("R15")
def test_the_history_of_signatures_says_who_when_meaning_void_by_what_and_signed_again_by_whom(
    dated: Office, subject: str
) -> None:
    clerk = dated.clerk("PI")
    sign(clerk, subject)
    correct(dated, subject)
    address = f"/subjects/{subject}/signatures"
    text = dated.clerk("CRA").get(address).page.text
    legend = (
        "identity checked 10 Mar 2026 by the program: Passport seen; "
        "statement on signatures accepted 10 Mar 2026, 12:00 UTC"
    )
    assert f"Anna Ivanova-Pi PI (anna.pi.01) {legend}" in text
    assert "I have reviewed these data and confirm that they are complete and accurate" in text
    assert "Void since 10 Mar 2026, 13:00 UTC, Anna Ivanova-Crc not signed again yet" in text
    assert (
        "weight 12.50 kg → became 13 kg Typing error. Anna Ivanova-Crc, CRC, 10 Mar 2026, 13:00 UTC" in text
    )
    assert "Due again Rest: SE_SCR PI by 9 Apr 2026 1 to sign, 1 signed" in text
    clerk.sign_in()
    sign(clerk, subject)
    one = dated.clerk("AUD").get(f"{address}?form=SE_SCR.1/F_VS.1").page.text
    assert "signed again 10 Mar 2026, 13:00 UTC, Anna Ivanova-Pi" in one
    assert "SE_SCR, F_SV" not in one
    russian = dated.clerk("CRA").get(f"{address}?lang=ru").page.text
    assert "подписано снова 10 мар 2026, 13:00 UTC, Anna Ivanova-Pi" in russian
    assert "личность проверена 10 мар 2026, программа: Passport seen" in russian


def test_a_blinded_reader_and_an_administrator_have_no_page_of_signatures(
    dated: Office, subject: str
) -> None:
    for role in ("CREAD", "CPATH", "ADMIN"):
        clerk = dated.clerk(role)
        answers = [clerk.get(path).status for path in ("/signatures/due", f"/subjects/{subject}/signatures")]
        assert answers == [403, 403], role


@pytest.mark.req("R16")
def test_the_data_manager_plans_the_next_data_cut_and_its_history_stays(dated: Office) -> None:
    clerk = dated.clerk("DM")
    form = clerk.get("/signatures/due").page.form("/signatures/cut").sent()
    for day, reason, said in (
        ("31.13.2026", "Interim", "«Day of the next data cut»"),
        ("09.03.2026", "Interim", "The day of a data cut that is planned lies ahead."),
        ("01.04.2026", " ", "Say which data cut this is"),
    ):
        answer = clerk.send("/signatures/cut", {**form, "day": day, "reason": reason})
        assert (answer.status, said in answer.page.text) == (422, True)
        kept = answer.page.form("/signatures/cut").sent()
        assert (kept["day"], kept["reason"]) == ([day], [reason])
    for day, reason in (("01.04.2026", "Interim analysis"), ("", "Put off")):
        assert clerk.send("/signatures/cut", {**form, "day": day, "reason": reason}).status == 302
    text = clerk.get("/signatures/due").page.text
    assert "No data cut is planned." in text
    assert "1 Apr 2026: Interim analysis" in text
    assert dated.clerk("SPON").send("/signatures/cut", {**form, "day": "01.04.2026"}).status in {400, 403}


@pytest.mark.req("R16")
def test_the_home_page_counts_due_signatures_as_their_list_and_the_page_of_signing_do(
    dated: Office, subject: str
) -> None:
    dated.world.clock.advance(hours=30)
    clerk = dated.clerk("PI")
    home, listed = clerk.get("/").page.text, clerk.get("/waiting/due-signature").page.text
    assert "Signatures by milestone (2, of them 1 overdue)" in home
    assert "Signatures by milestone (2, of them 1 overdue)" in listed
    signing = clerk.get("/sign").page.text
    for name in ("Event: F_AE, line 1", "Rest: SE_SCR"):
        assert (name in listed, name in signing) == (True, True), name
    assert clerk.get("/next").raw.headers["Location"] == f"/sign/{subject}?milestone=MS_FAST.SE_LOG.1.F_AE.1"
    russian = clerk.get("/?lang=ru").page.text
    assert "Подписи по контрольным точкам (2, из них просрочена 1)" in russian
    assert sign(clerk, subject).status == 302
    assert "Signatures by milestone (1, of them 1 overdue)" in clerk.get("/?lang=en").page.text
    for role in ("CRC", "SUBI", "CRA", "DM"):
        assert "Signatures by milestone" not in dated.clerk(role).get("/").page.text
