"""Normal ranges: kept by the laboratory manager in versions, and the results that follow them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from imt_ecrf.conduct import entry, ranges, settings, signing, visits
from imt_ecrf.conduct.range_wish import RangeNotPossible, RangeWish, age_days, age_text, table_faults
from imt_ecrf.conduct.reasons import RANGE_CHANGED
from imt_ecrf.conduct.registered import standing
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.tables import ChangeSet, Event, FormData, LabRange, stamp
from imt_ecrf.store.verify import verify
from tests.factories import PASSWORD, World, enrolled, looked_at, make_study, real_book

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LAB = "Clinical laboratory A"
JANUARY, MAY, JUNE = dt.date(2026, 1, 1), dt.date(2026, 5, 1), dt.date(2026, 6, 1)


def wish(test: str = "ALT", low: str | None = "5", high: str | None = "40", **more: Any) -> RangeWish:
    given: dict[str, Any] = {"laboratory": LAB, "unit": "U/L", "valid_from": JANUARY} | more
    return RangeWish(test=test, low=low, high=high, **given)


class Laboratory:
    """A boy of 13 with two samples, in May and in June, and the manager of his laboratory."""

    def __init__(self, world: World) -> None:
        self.world, self.crc, self.labm = world, world.user("CRC"), world.user("LABM")
        world.clock.set(dt.datetime(2026, 6, 20, 9, tzinfo=dt.UTC))
        self.code = enrolled(world, consented=False)
        self._save(
            ("SE_LOG", "F_IC"), {"ICTYPE": "PARENT CONSENT", "ICSIGNER": "MOTHER", "ICDAT": "2026-01-02"}
        )
        self._save(("SE_SCR", "F_DM"), {"DMDAT": "2026-01-03", "BRTHYY": "2012", "AGEIC_Y": "13", "SEX": "M"})
        self.may, self.june = self.sample("2026-05-20", ALT="45"), self.sample("2026-06-10", ALT="45")

    def _save(self, place: tuple[str, str], answers: Mapping[str, Any]) -> Address:
        address = Address(self.code, place[0], 1, place[1])
        self.world.save(self.crc, address, answers)
        return address

    def sample(self, day: str, unit: str = "U/L", name: str = LAB, **results: str) -> Address:
        """Save a sample of an unscheduled visit."""
        with self.world.acting() as session:
            number = visits.add_unscheduled(session, self.crc, self.code)
        at = ("SE_UNS", number)
        self.world.save(self.crc, Address(self.code, *at, "F_SV"), {"SVOCCUR": "Y", "SVSTDAT": day})
        answers: dict[str, Any] = {"LBCPERF": "Y", "LBCDAT": day, "LBCNAM": name}
        for test, value in results.items():
            answers |= {f"G_LBC.{test}.LBCORRES": value, f"G_LBC.{test}.LBCORRESU": unit}
        address = Address(self.code, *at, "F_LBC")
        self.world.save(self.crc, address, answers)
        return address

    def add(self, *wishes: RangeWish) -> ranges.Kept:
        """Register ranges."""
        with self.world.acting() as session:
            return ranges.add_ranges(session, self.labm, "01", wishes or (wish(),))

    def replace(self, range_id: str, new: RangeWish, reason: str = "new reagent") -> ranges.Kept:
        """Replace a range."""
        with self.world.acting() as session:
            return ranges.replace_range(session, self.labm, range_id, new, reason)

    def withdraw(self, range_id: str, reason: str = "of another laboratory") -> ranges.Kept:
        """Withdraw a range."""
        with self.world.acting() as session:
            return ranges.withdraw_range(session, self.labm, range_id, reason)

    def result(self, address: Address, test: str = "ALT") -> tuple[Any, ...]:
        """Give low and high limit, flag and grade of a result as they are kept."""
        cells = self.world.open(self.crc, address).cells
        names = ("LBCORNRLO", "LBCORNRHI", "LBCNRIND", "LBCTOXGR")
        return tuple(cells.get(f"G_LBC.{test}.{name}", {}).get("v") for name in names)

    def listed(self) -> list[ranges.RangeView]:
        """List the ranges as the manager sees them."""
        with self.world.looking() as session:
            return list(ranges.list_ranges(session, self.labm))


@pytest.fixture
def lab(real: World) -> Laboratory:
    """Give the laboratory of site 01."""
    return Laboratory(real)


@pytest.fixture
def anywhere(database_url: str) -> Iterator[Laboratory]:
    """Give the same laboratory on each database in turn."""
    world = make_study(database_url, real_book())
    yield Laboratory(world)
    world.engines.dispose()


@pytest.mark.req("R32")
def test_a_range_replaced_from_june_leaves_may_as_it_was(anywhere: Laboratory) -> None:
    lab = anywhere
    (first,) = lab.add().ids
    assert [lab.result(one) for one in (lab.may, lab.june)] == [("5", "40", "HIGH", "1")] * 2
    kept = lab.replace(first, wish(high="50", valid_from=JUNE))
    assert lab.result(lab.may) == ("5", "40", "HIGH", "1")
    assert lab.result(lab.june) == ("5", "50", "NORMAL", "0")
    assert kept.reached == (lab.june,)
    assert [(one.wish.high, one.until, one.holds) for one in lab.listed()] == [
        ("40", JUNE, True),
        ("50", None, True),
    ]


@pytest.mark.req("R32")
def test_a_range_entered_late_reaches_the_samples_taken_before(lab: Laboratory) -> None:
    assert lab.result(lab.may) == (None, None, None, None)
    kept = lab.add()
    assert kept.reached == (lab.may, lab.june)
    assert lab.result(lab.may) == ("5", "40", "HIGH", "1")


def test_a_range_in_force_from_a_later_day_reaches_nothing_before(lab: Laboratory) -> None:
    assert lab.add(wish(valid_from=JUNE)).reached == (lab.june,)
    assert lab.result(lab.may) == (None, None, None, None)


def test_what_a_range_changed_is_saved_by_the_system_with_the_range_as_cause(lab: Laboratory) -> None:
    (first,) = lab.add().ids
    (second,) = lab.replace(first, wish(high="50")).ids
    with lab.world.looking() as session:
        sets = session.scalars(select(ChangeSet).where(ChangeSet.cause == second)).all()
        assert {(one.username, one.origin) for one in sets} == {("system", "derivation")}
        history = entry.history(session, lab.crc, lab.may, "G_LBC.ALT.LBCNRIND")
        acts = session.scalars(select(Event.act).where(Event.act.like("range.%")).order_by(Event.seq)).all()
    assert [(one.new, one.reason) for one in history][-1] == ({"v": "NORMAL"}, RANGE_CHANGED)
    assert acts == ["range.added", "range.replaced"]


def test_a_corrected_range_never_held_and_stays_readable(lab: Laboratory) -> None:
    (first,) = lab.add().ids
    lab.replace(first, wish(high="44"), "typing error")
    assert lab.result(lab.may) == ("5", "44", "HIGH", "1")
    old, new = lab.listed()
    assert (old.corrected, old.holds, new.holds) == (True, False, True)
    assert (new.replaces, new.reason, new.entered_by) == (first, "typing error", lab.labm.username)
    with pytest.raises(ranges.RangeIsPast):
        lab.replace(first, wish(high="45"))


def test_a_withdrawn_range_leaves_what_it_had_ended(lab: Laboratory) -> None:
    (first,) = lab.add().ids
    (second,) = lab.replace(first, wish(high="50", valid_from=JUNE)).ids
    kept = lab.withdraw(second)
    assert kept.reached == (lab.june,)
    assert lab.result(lab.june) == ("5", "40", "HIGH", "1")
    assert [(one.wish.high, one.until, one.withdrawn) for one in lab.listed()] == [
        ("40", None, False),
        ("50", None, True),
    ]
    lab.withdraw(first)
    assert lab.result(lab.may) == (None, None, None, None)


def test_replacing_and_withdrawing_need_a_reason(lab: Laboratory) -> None:
    (first,) = lab.add().ids
    with pytest.raises(ranges.RangeReasonNeeded):
        lab.replace(first, wish(high="50"), "  ")
    with pytest.raises(ranges.RangeReasonNeeded):
        lab.withdraw(first, "")
    assert [one.id for one in lab.listed()] == [first]


@pytest.mark.req("R32")
def test_a_result_in_another_unit_has_no_range_and_is_not_converted_to_one(lab: Laboratory) -> None:
    lab.add(wish("CREAT", "30", "60", unit="umol/L"))
    there = lab.sample("2026-05-21", "umol/L", CREAT="62")
    other = lab.sample("2026-05-22", "mg/dL", CREAT="0.7")
    assert lab.result(there, "CREAT") == ("30", "60", "HIGH", "1")
    assert lab.result(other, "CREAT")[:3] == (None, None, None)


@pytest.mark.req("R32")
def test_a_range_in_the_unit_of_the_result_is_copied_as_it_was_stated(lab: Laboratory) -> None:
    lab.add(wish("GLUC", "60", "90", unit="mg/dL"))
    at, above = (lab.sample("2026-05-21", "mg/dL", GLUC=value) for value in ("90", "91"))
    assert lab.result(at, "GLUC") == ("60", "90", "NORMAL", "0")
    assert lab.result(above, "GLUC")[:3] == ("60", "90", "HIGH")


def test_the_laboratory_written_on_the_sample_has_its_own_range(lab: Laboratory) -> None:
    lab.add(wish(), wish(laboratory="Night laboratory", high="50"))
    night = lab.sample("2026-05-21", name="night  LABORATORY", ALT="45")
    nameless = lab.sample("2026-05-22", name="", ALT="45")
    strange = lab.sample("2026-05-23", name="Village clinic", ALT="45")
    assert lab.result(night) == ("5", "50", "NORMAL", "0")
    assert [lab.result(one)[:3] for one in (nameless, strange)] == [(None, None, None)] * 2


def test_a_sample_without_a_laboratory_is_of_the_only_one_of_the_site(lab: Laboratory) -> None:
    lab.add()
    assert lab.result(lab.sample("2026-05-22", name="", ALT="45"))[:3] == ("5", "40", "HIGH")


def test_a_second_laboratory_leaves_nameless_samples_of_before_as_they_were(lab: Laboratory) -> None:
    lab.add()
    may, june = (lab.sample(day, name="", ALT="45") for day in ("2026-05-22", "2026-06-11"))
    assert lab.add(wish(laboratory="Night laboratory", high="50", valid_from=JUNE)).reached == (june,)
    assert [lab.result(one)[:2] for one in (may, june)] == [("5", "40"), (None, None)]


@pytest.mark.req("R32")
@pytest.mark.parametrize(("sex", "limits"), [("M", ("6", "50")), ("F", ("5", "40"))])
def test_a_range_of_the_sex_goes_before_one_for_any(
    lab: Laboratory, sex: str, limits: tuple[str, str]
) -> None:
    lab.add(wish(), wish(sex=sex, low="6", high="50"))
    assert lab.result(lab.may)[:2] == limits


@pytest.mark.req("R32")
@pytest.mark.parametrize(("day", "high"), [("2026-03-09", "40"), ("2026-03-10", "50")])
def test_on_the_birthday_the_band_of_the_new_age_holds(lab: Laboratory, day: str, high: str) -> None:
    with lab.world.acting() as session:
        administrator = lab.world.user_in(session, "ADMIN")
        book = lab.world.book
        settings.set_at_site(
            session,
            administrator,
            book,
            "birth_date_level",
            "01",
            value="full",
            reason="the committee allows it",
        )
    child = {"BRTHMO": "3", "BRTHDD": "10"}
    lab.world.save(lab.crc, Address(lab.code, "SE_SCR", 1, "F_DM"), child)
    fourteen = age_days("14y")
    assert fourteen is not None
    lab.add(wish(age_to=fourteen), wish(age_from=fourteen, high="50"))
    assert lab.result(lab.sample(day, ALT="45"))[1] == high


@pytest.mark.req("R12")
def test_a_signature_is_void_when_a_range_moves_what_was_signed(lab: Laboratory) -> None:
    investigator = lab.world.user("PI")
    for address in (lab.may, lab.june):
        version = lab.world.open(lab.crc, address).version
        with lab.world.acting() as session:
            entry.complete_form(session, lab.crc, address, version, {"*": "seen"})
            looked_at(session, investigator, [address])
            (signed,) = signing.sign(session, investigator, [address], PASSWORD)
        assert signed.state == "valid"
    kept = lab.add(wish(valid_from=JUNE))
    assert len(kept.voided) == 1
    assert [lab.world.open(lab.crc, one).signature.state for one in (lab.may, lab.june)] == ["valid", "void"]  # type: ignore[union-attr]
    assert list(verify(lab.world.engines)) == []


def test_a_frozen_form_is_reported_and_not_touched(lab: Laboratory) -> None:
    frozen = lab.world.open(lab.crc, lab.may)
    with lab.world.acting() as session:
        session.info["actor"] = lab.crc.who("DM")
        session.execute(
            update(FormData).where(FormData.id == frozen.id).values(frozen_at=stamp(lab.world.clock.now()))
        )
    assert lab.add().reached == (lab.june,)
    assert lab.world.open(lab.crc, lab.may).version == frozen.version
    with lab.world.looking() as session:
        told = session.scalars(select(Event).where(Event.act == "derived.outdated")).all()
    assert [one.form_data_id for one in told] == [frozen.id]


@pytest.mark.parametrize(
    ("wrong", "en"),
    [
        (wish(laboratory=" "), "Name the laboratory."),
        (wish("ALTX"), "ALTX: the study has no such test."),
        (wish(unit="mg/dL"), "mg/dL: ALT is reported in U/L, ukat/L."),
        (wish(sex="X"), "X: the sex is F, M or empty for any."),
        (wish(age_from=10, age_to=10), "The age to must be above the age from."),
        (wish(valid_to=JANUARY), "The last day in force lies before the first."),
        (wish(low="abc"), "abc: a limit is a number such as 3.5."),
        (wish(low="-1"), "-1: a limit is a number such as 3.5."),
        (wish(low=None, high=""), "Give at least one limit."),
        (wish(low="41"), "The lower limit 41 is above the upper one 40."),
    ],
)
def test_a_range_that_cannot_be_is_refused_in_words(lab: Laboratory, wrong: RangeWish, en: str) -> None:
    with pytest.raises(RangeNotPossible) as refused:
        lab.add(wrong)
    assert refused.value.text() == f"This range cannot be kept. {en}"
    assert refused.value.text("ru").startswith("Эти границы нельзя сохранить. ")
    assert lab.listed() == []


def test_a_decimal_comma_is_kept_as_a_point(lab: Laboratory) -> None:
    lab.add(wish("K", "3,50", "5,1", unit="mmol/L"))
    assert [(one.wish.low, one.wish.high) for one in lab.listed()] == [("3.50", "5.1")]


def test_two_ranges_of_one_key_and_day_do_not_stand_together(lab: Laboratory) -> None:
    lab.add(wish(age_to=2000))
    with pytest.raises(ranges.RangeStands):
        lab.add(wish(age_from=1999))
    lab.add(wish(age_from=2000))
    with pytest.raises(ranges.RangeStands):
        lab.add(wish("AST"), wish("AST", high="41"))
    assert len(lab.listed()) == 2


def test_a_range_for_any_sex_is_not_hidden_behind_older_ones_of_the_sexes(lab: Laboratory) -> None:
    lab.add(wish(sex="M"), wish(sex="F"))
    with pytest.raises(ranges.RangeOfSexStands):
        lab.add(wish(valid_from=JUNE))


@pytest.mark.parametrize("role", ["CRC", "PI", "DM", "ADMIN", "CRA"])
def test_nobody_but_the_laboratory_manager_keeps_ranges(real: World, role: str) -> None:
    actor = real.user(role)
    with real.acting() as session, pytest.raises(NotPermitted):
        ranges.add_ranges(session, actor, "01", [wish()])


def test_a_manager_of_another_site_neither_sees_nor_keeps_them(lab: Laboratory) -> None:
    (first,) = lab.add().ids
    other = lab.world.user("LABM", "02")
    with lab.world.acting() as session:
        assert ranges.list_ranges(session, other) == ()
        with pytest.raises(NotFound):
            ranges.add_ranges(session, other, "01", [wish("AST")])
        with pytest.raises(NotFound):
            ranges.withdraw_range(session, other, first, "not mine")


def test_faults_of_a_table_are_found_before_it_is_added() -> None:
    table = [wish(age_to=365), wish(age_from=400), wish("AST", age_to=700), wish("AST", age_from=365)]
    assert {(one.kind, one.test, one.age_from, one.age_to) for one in table_faults(table)} == {
        ("gap", "ALT", 365, 400),
        ("overlap", "AST", 365, 700),
    }


@pytest.mark.parametrize(
    ("text", "days"), [("6y", 2191), ("18m", 547), ("30d", 30), ("0y", 0), ("6", None), ("six y", None)]
)
def test_ages_are_read_with_their_unit(text: str, days: int | None) -> None:
    assert age_days(text) == days


@pytest.mark.parametrize(("days", "text"), [(2191, "6y"), (547, "18m"), (30, "1m"), (45, "45d"), (0, "0y")])
def test_ages_are_written_as_they_were_meant(days: int, text: str) -> None:
    assert age_text(days) == text


def test_a_correction_with_an_earlier_day_ends_what_the_corrected_one_had_ended() -> None:
    def row(name: str, day: dt.date, replaces: str | None = None) -> LabRange:
        return LabRange(
            id=name, site="01", laboratory=LAB, test="ALT", unit="U/L", low="5", high="40", replaces=replaces,
            valid_from=day.isoformat(), withdrawn=False,
        )  # fmt: skip

    rows = [row("a", JANUARY), row("b", JUNE, "a"), row("c", MAY, "b")]
    assert [(one.row.id, one.until, one.corrected) for one in standing(rows)] == [
        ("a", MAY, False),
        ("b", MAY, True),
        ("c", None, False),
    ]
