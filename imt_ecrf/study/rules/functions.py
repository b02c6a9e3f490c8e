"""Every function of the rule language in one table (RULES 18); knows what they take, not how they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BOTH: Final = "B"
ROWS: Final = "R"
FACT: Final = "F"

AGGREGATES: Final = frozenset(
    {"exists", "count", "every", "sum_of", "mean_of", "min_of", "max_of", "first_of", "last_of"}
)
LOOKING_BACK: Final = frozenset(
    {"prev", "prev_row", "prev_in_schedule", "ever_before", "last_done_before", "gap_before_row"}
)
"""These read earlier events (or rows) only and close no circle."""
SERVER_ONLY: Final = frozenset(
    {"any_text", "looks_identifying", "looks_like_name", "changed_since_last_visit", "covers_lab_term"}
)

_LAB = "LBHSTRESN LBCSTRESN LBKSTRESN LBHTEST LBCTEST LBKTEST"
_LIMITS = "LBHORNRLO LBHORNRHI LBCORNRLO LBCORNRHI LBKORNRLO LBKORNRHI"
_UNITS = "LBHORRESU LBCORRESU LBKORRESU"
_RESULTS = f"LBHORRES LBCORRES LBKORRES {_UNITS}"
_GRADES = "LBHTOXGR LBCTOXGR LBKTOXGR LBHTEST LBCTEST LBKTEST"
_LESIONS = "TLVALUE TLNODE TLSTATE TLSUM TLPCBL TLPCND TLACND"
_FLAGS = "LBHNRIND LBCNRIND LBKNRIND LBHTEST LBCTEST LBKTEST"
_DOSES = "EXSTDAT EXENDAT EXDOSE"
_AGE = "BRTHYY BRTHMO BRTHDD AGEIC_Y AGEIC_M ICDAT"

# name | arguments | result | side | items it reads beside its arguments
#
# arguments: number integer date time datetime boolean text; any (one type for all: alike); ordered (numbers,
# dates, times, datetimes of one type); item (an item by its bare name); code, codes, label (code or text),
# yes (item with a code Y); digits (written 0-12); word (written, not empty); pattern (written);
# 'item' (quoted, outside rows), 'dateitem' (date, columns too), 'value' (as the item
# named before); 'form' 'event' 'test' 'setting' 'name'; rows; key (of those rows); 'column' (of those rows),
# 'owncolumn' (of the home).  `?` may be left out, `+` one or more, `++` two or more.
# result: a type; = common type of the arguments; first; named (type of the item named last); round; setting;
# line; as:ITEM (type of that item of the study).
_TABLE: Final = """
blank            | state                       | boolean   | B |
filled           | state                       | boolean   | B |
missing          | item                        | boolean   | B |
hidden           | item                        | boolean   | B |
kept             | item                        | boolean   | B |
reason           | item                        | text      | B |
coalesce         | any++                       | =         | B |
abs              | number                      | first     | B |
floor            | number                      | integer   | B |
ceil             | number                      | integer   | B |
round            | number digits?              | round     | B |
sqrt             | number                      | decimal   | B |
cbrt             | number                      | decimal   | B |
min              | ordered++                   | =         | B |
max              | ordered++                   | =         | B |
number           | label                       | decimal   | B |
text             | code                        | text      | B |
length           | text                        | integer   | B |
lower            | text                        | text      | B |
matches          | text pattern                | boolean   | B |
contains_word    | text word+                  | boolean   | B |
any_yes          | yes+                        | boolean   | B |
all_no           | yes+                        | boolean   | B |
count_values     | codes                       | integer   | B |
mm               | unit:mm                     | first     | B |
cm               | unit:cm                     | first     | B |
kg               | unit:kg                     | first     | B |
days             | date date                   | integer   | B |
months           | date date                   | integer   | B |
years            | date date                   | integer   | B |
year             | date                        | integer   | B |
month            | date                        | integer   | B |
day              | date                        | integer   | B |
partial_lo       | date                        | date      | B |
partial_hi       | date                        | date      | B |
add_days         | date integer                | date      | B |
is_partial       | date                        | boolean   | B |
same             | date date                   | boolean   | B |
minutes          | time time                   | integer   | B |
datetime         | date time                   | datetime  | B |
hours            | datetime datetime           | decimal   | B |
date_of          | datetime                    | date      | B |
age_at           | date                        | decimal   | B | {age}
row              | rows key 'column'           | named     | R |
row_exists       | rows key                    | boolean   | R |
line             | 'form'                      | line      | R |
max_same         | 'owncolumn'                | integer   | R |
dup_row          | rows 'column'+              | boolean   | R |
overlaps_other_row | rows 'datecolumn' 'datecolumn' | boolean | R |
gap_before_row   | rows 'datecolumn' 'datecolumn' | integer | R |
missing_rows_from | 'event' rows 'column'      | integer   | R |
extra_rows_vs    | 'event' rows 'column'       | integer   | R |
prev_row         | rows key 'column'           | named     | R | SVSTDAT
base_row         | rows key 'column'           | named     | R | SVSTDAT {doses}
at_rows          | 'event' rows                | integer   | F |
at               | 'event' 'item'              | named     | F |
prev             | 'item'                      | named     | F | SVSTDAT
base             | 'item'                      | named     | F | SVSTDAT {doses}
prev_in_schedule | 'item'                      | named     | F |
ever             | 'item' value                | boolean   | F |
ever_before      | 'item' value                | boolean   | F | SVSTDAT
latest           | 'item' date integer         | named     | F | SVSTDAT
last_done        | 'dateitem'                 | date      | F | SVSTDAT
last_done_before | 'dateitem'                 | date      | F | SVSTDAT
min_date         | 'dateitem'                 | date      | F |
max_date         | 'dateitem'                 | date      | F |
event            |                             | text      | F |
cycle            |                             | integer   | F |
in_event         | 'form'                      | boolean   | F |
done             | 'form'                      | boolean   | F |
done_at          | 'event' 'form'              | boolean   | F |
any_data_in_event |                            | boolean   | F |
any_date_in_event |                            | date      | F |
today            |                             | date      | F |
status           |                             | text      | F |
on_hold          |                             | boolean   | F | {doses} DOLEVEL
window_lo        |                             | date      | F | SVSTDAT {doses}
window_hi        |                             | date      | F | SVSTDAT {doses}
overdue          | 'event'                     | boolean   | F | SVSTDAT {doses}
consent_date     |                             | date      | F | ICDAT
first_dose       |                             | date      | F | {doses}
last_dose        |                             | date      | F | {doses}
last_scan        |                             | date      | F | TUSDAT
last_contact     |                             | date      | F | SVSTDAT SSDAT SSLALV EOSLALV
last_alive       |                             | date      | F | SVSTDAT SSDAT SSLALV EOSLALV
changed_since_last_visit |                     | boolean   | F | SVSTDAT
covers_lab_term  |                             | boolean   | F | {grades} AETERM AEDECOD AESTDAT AEENDAT
overlaps_treatment |                           | boolean   | F | {doses}
dosing_on        | date                        | boolean   | F | {doses}
lab              | 'test'                      | decimal   | F | {lab}
lab_uln          | 'test'                      | decimal   | F | {limits}
lab_lln          | 'test'                      | decimal   | F | {limits}
lab_grade        | 'test'                      | integer   | F | {grades}
lab_grade_at     | 'event' 'test'              | integer   | F | {grades}
lab_flag_at      | 'event' 'test'              | as:LBCNRIND | F | {flags}
vital_lo         | 'name'                      | decimal   | F | {age}
vital_hi         | 'name'                      | decimal   | F | {age}
makeable         | number code                 | boolean   | F |
slice_mm         |                             | decimal   | F | TUSLICE
dict_has         | 'name' text                 | boolean   | F |
lookup           | 'name' text                 | text      | F |
site_cfg         | 'setting'                   | setting   | F |
hours_since_save |                             | integer   | F |
sent_hours       |                             | integer   | F |
sent_date        |                             | date      | F |
open_queries     |                             | integer   | F |
missing_required_forms |                       | integer   | F |
same_site_match  | 'item'+                     | boolean   | F |
any_text         |                             | text      | F |
looks_identifying | text                       | boolean   | F |
looks_like_name  | text                        | boolean   | F |
all_criteria_met |                             | as:IEYN   | F | IETESTCD IERESP
expected_amount  |                             | decimal   | F | {doses} DOPRES DODAT
dose_level_mg_m2 | code                        | decimal   | F |
dose_table       | number code code            | integer   | F |
growth_z         | 'name' number               | decimal   | F | SEX {age}
range_lo         |                             | decimal   | F | {limits} {units}
range_hi         |                             | decimal   | F | {limits} {units}
lab_standard     |                             | decimal   | F | {results}
ctcae_grade      |                             | as:LBCTOXGR | F | {lab} {limits} {doses}
tumour_timepoint |                             | integer   | F | SVSTDAT
recist_nadir     |                             | decimal   | F | TLSUM
recist_target    |                             | as:TLRESPD | F | {lesions}
recist_non_target |                            | as:NTLRESPD | F | NTLSTATE NTLID
recist_overall   | code code code              | as:RSOVRD | F |
recist_confirmed |                             | as:RSCONF | F | RSOVR RSDAT
recist_best      |                             | as:BORD   | F | RSOVR RSDAT
recist_first_response |                        | date      | F | RSOVR RSDAT TUSDAT
recist_progression |                           | date      | F | RSOVR RSDAT TUSDAT NLDAT NLCERT
"""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: kinds of its arguments, type of its result, side, items it reads."""

    name: str
    arguments: tuple[str, ...]
    result: str
    side: str
    reads: tuple[str, ...]

    @property
    def least(self) -> int:
        """Count the arguments that must be given."""
        return sum({"?": 0}.get(kind[-1], 2 if kind.endswith("++") else 1) for kind in self.arguments)

    @property
    def most(self) -> int | None:
        """Count the arguments that may be given; None for any number."""
        return None if any(kind.endswith("+") for kind in self.arguments) else len(self.arguments)

    def kind(self, place: int) -> str:
        """Say what stands at a place; the last kind repeats."""
        return self.arguments[min(place, len(self.arguments) - 1)].rstrip("?+")


def _functions() -> dict[str, Function]:
    shared = {
        "age": _AGE,
        "doses": _DOSES,
        "lab": _LAB,
        "limits": _LIMITS,
        "units": _UNITS,
        "results": _RESULTS,
        "grades": _GRADES,
        "flags": _FLAGS,
        "lesions": _LESIONS,
    }
    found = {}
    for line in _TABLE.strip().splitlines():
        name, arguments, result, side, reads = (part.strip() for part in line.split("|"))
        read = tuple(reads.format(**shared).split())
        found[name] = Function(name, tuple(arguments.split()), result, side, read)
    return found


FUNCTIONS: Final = _functions()
"""Name to function; aggregates, this(), date() and time() have a form of their own (`calls.py`)."""
