"""What each function of the rule language gives, in one sentence of both languages; knows no function."""

from __future__ import annotations

from typing import Final

_ENGLISH: Final = """
exists | some row says that the condition is true; never unknown
count | how many rows there are, or for how many the condition is true
every | the condition is true in all rows
sum_of | the sum of a column; unknown when a chosen row has no value
mean_of | the mean of a column; unknown when a chosen row has no value
min_of | the smallest value of a column; unknown when a chosen row has no value
max_of | the largest value of a column; unknown when a chosen row has no value
first_of | the value of the first chosen row
last_of | the value of the last chosen row
this | inside a search: the value of the record (or row) the rule stands on
date | a written date
time | a written time of day
blank | shown, no value and no reason: it is owed
filled | it has a value and is shown
missing | a reason stands in the place of a value
hidden | not applicable by skip logic
kept | hidden, and a value is still stored
reason | the code of the reason for a missing value
coalesce | the first that has a value
abs | the amount without its sign
floor | the next whole number below
ceil | the next whole number above
round | rounded to so many decimals, half away from zero
sqrt | the square root, cut after 12 decimals
cbrt | the cube root, cut after 12 decimals
min | the smallest; unknown when one is unknown
max | the largest; unknown when one is unknown
number | a code or text that is written as a number
text | the code as a text
length | how many signs
lower | in small letters
matches | the whole text fits the pattern
contains_word | one of the words stands in the text
any_yes | one of these is answered Yes
all_no | all of these are answered No
count_values | how many answers are ticked
mm | the value in millimetres
cm | the value in centimetres
kg | the value in kilograms
days | days from the first to the second date
months | completed months from the first to the second date
years | completed years from the first to the second date
year | the year of a date
month | the month of a date
day | the day of a date
partial_lo | the first possible day of a partial date
partial_hi | the last possible day of a partial date
add_days | the date so many days later
is_partial | day or month is not known
same | entered alike, partial or not
minutes | minutes from the first to the second time
datetime | date and time together
hours | hours from the first to the second date and time
date_of | the date of a date and time
age_at | the age in years on a date, with the share of the running year
row | the column of the row or record with this key
row_exists | there is a row or record with this key
line | the number of this record
max_same | the largest number of rows alike in a column
dup_row | an earlier row is alike in all these columns
overlaps_other_row | this row overlaps an earlier one in time
gap_before_row | days between the rows before and this one
missing_rows_from | rows there that are not here
extra_rows_vs | rows here that are not there
prev_row | the column of that row at the last visit before that has it
base_row | the column of that row before the first dose
at_rows | how many rows there are at that visit
at | the value at that visit
prev | the last value before this visit
base | the last value before the first dose
prev_in_schedule | the value at the visit before in the plan
ever | some record says so
ever_before | a record of an earlier visit says so
latest | the last value so many days back from a date
last_done | the latest date at this or an earlier visit
last_done_before | the latest date at an earlier visit
min_date | the earliest of these dates at this visit
max_date | the latest of these dates at this visit
event | the name of this visit
cycle | the number of this cycle
in_event | this visit has that form
done | that form is complete
done_at | that form is complete at that visit
any_data_in_event | another form of this visit holds a value
any_date_in_event | the earliest date of the other forms of this visit
today | the date at the site
status | the state of the subject
on_hold | the latest line of the dosing log is an open break
window_lo | the first day of the window of this visit
window_hi | the last day of the window of this visit
overdue | that visit should have been held
consent_date | the earliest consent
first_dose | the first day with a dose
last_dose | the last day with a dose
last_scan | the last day of a scan
last_contact | the last contact
last_alive | the last day known alive
changed_since_last_visit | the record searched was changed since the visit before
covers_lab_term | the adverse event searched stands for this laboratory finding
overlaps_treatment | this record overlaps the time of treatment
dosing_on | a dose was taken on that day
lab | the result of a test at this visit, in its standard unit
lab_uln | the upper limit of normal of a test at this visit
lab_lln | the lower limit of normal of a test at this visit
lab_grade | the CTCAE grade of a test at this visit; 0 is normal
lab_grade_at | the CTCAE grade of a test at that visit
lab_flag_at | low, normal or high at that visit
vital_lo | the lower limit of a vital sign for the age
vital_hi | the upper limit of a vital sign for the age
makeable | the dose can be made from the strengths there are
slice_mm | the thickest slice of the scans of this visit
dict_has | the list holds this name
lookup | what the list says of this name
site_cfg | a setting of the study or the site
hours_since_save | whole hours since this record was saved
sent_hours | whole hours from awareness to sending
sent_date | the day this record was sent
open_queries | how many queries wait for the site
missing_required_forms | how many expected forms are not there
same_site_match | another subject of the site has the same answers
any_text | free text of this form
looks_identifying | the text looks as if it told who somebody is
looks_like_name | the text looks like a name
all_criteria_met | all eligibility criteria are met
expected_amount | milligrams expected since the last dispensing
dose_level_mg_m2 | milligrams a square metre of a dose level
dose_table | the single dose of the table
growth_z | the z-score of weight or height for age
range_lo | the lower limit of this laboratory row
range_hi | the upper limit of this laboratory row
lab_standard | this laboratory result in its standard unit
ctcae_grade | the CTCAE grade of this laboratory row
tumour_timepoint | the number of this tumour assessment; 0 is baseline
recist_nadir | the smallest sum before this assessment
recist_target | the response of the target lesions
recist_non_target | the response of the non-target lesions
recist_overall | the overall response from the table
recist_confirmed | whether this response is confirmed
recist_best | the best overall response
recist_first_response | the day of the first confirmed response
recist_progression | the day of progression
"""
_RUSSIAN: Final = """
exists | есть строка, для которой условие истинно; неизвестно не бывает
count | число строк или число строк, для которых условие истинно
every | условие истинно во всех строках
sum_of | сумма столбца; неизвестна, если у выбранной строки нет значения
mean_of | среднее столбца; неизвестно, если у выбранной строки нет значения
min_of | наименьшее в столбце; неизвестно, если у выбранной строки нет значения
max_of | наибольшее в столбце; неизвестно, если у выбранной строки нет значения
first_of | значение первой выбранной строки
last_of | значение последней выбранной строки
this | внутри поиска: значение записи (строки), в которой стоит правило
date | записанная дата
time | записанное время суток
blank | вопрос показан, ни ответа, ни причины: ответ ожидается
filled | ответ есть и вопрос показан
missing | вместо ответа указана причина
hidden | вопрос неприменим по условию показа
kept | вопрос скрыт, а значение всё ещё хранится
reason | код причины отсутствия ответа
coalesce | первое, у чего есть значение
abs | величина без знака
floor | ближайшее целое снизу
ceil | ближайшее целое сверху
round | округление до стольких знаков, половина — от нуля
sqrt | квадратный корень, 12 знаков без округления
cbrt | кубический корень, 12 знаков без округления
min | наименьшее; неизвестно, если одно неизвестно
max | наибольшее; неизвестно, если одно неизвестно
number | код или текст, записанный числом
text | код как текст
length | число знаков
lower | строчными буквами
matches | весь текст подходит под образец
contains_word | одно из слов есть в тексте
any_yes | на один из вопросов отвечено «Да»
all_no | на все вопросы отвечено «Нет»
count_values | сколько ответов отмечено
mm | значение в миллиметрах
cm | значение в сантиметрах
kg | значение в килограммах
days | дней от первой даты до второй
months | полных месяцев от первой даты до второй
years | полных лет от первой даты до второй
year | год даты
month | месяц даты
day | день даты
partial_lo | первый возможный день неполной даты
partial_hi | последний возможный день неполной даты
add_days | дата на столько дней позже
is_partial | день или месяц неизвестен
same | введены одинаково, полные или нет
minutes | минут от первого времени до второго
datetime | дата и время вместе
hours | часов от первого момента до второго
date_of | дата момента
age_at | возраст в годах на дату с долей текущего года
row | столбец строки (записи) с этим ключом
row_exists | есть строка (запись) с этим ключом
line | номер этой записи
max_same | наибольшее число строк с одинаковым значением столбца
dup_row | более ранняя строка совпадает во всех этих столбцах
overlaps_other_row | строка пересекается по времени с более ранней
gap_before_row | дней между предыдущими строками и этой
missing_rows_from | строки, которые есть там и которых нет здесь
extra_rows_vs | строки, которые есть здесь и которых нет там
prev_row | столбец той же строки на последнем прежнем визите, где она есть
base_row | столбец той же строки до первой дозы
at_rows | сколько строк на том визите
at | значение на том визите
prev | последнее значение до этого визита
base | последнее значение до первой дозы
prev_in_schedule | значение на предыдущем визите плана
ever | так сказано в какой-нибудь записи
ever_before | так сказано в записи более раннего визита
latest | последнее значение за столько дней до даты
last_done | последняя дата на этом или более раннем визите
last_done_before | последняя дата на более раннем визите
min_date | самая ранняя из этих дат на визите
max_date | самая поздняя из этих дат на визите
event | имя этого визита
cycle | номер этого цикла
in_event | на этом визите есть такая форма
done | форма завершена
done_at | форма завершена на том визите
any_data_in_event | в другой форме визита есть значение
any_date_in_event | самая ранняя дата других форм визита
today | дата в центре
status | состояние участника
on_hold | последняя строка журнала приёма — открытый перерыв
window_lo | первый день окна этого визита
window_hi | последний день окна этого визита
overdue | тот визит уже должен был состояться
consent_date | самое раннее согласие
first_dose | первый день приёма
last_dose | последний день приёма
last_scan | последний день снимка
last_contact | последний контакт
last_alive | последний день, когда известно, что жив
changed_since_last_visit | найденная запись изменена после предыдущего визита
covers_lab_term | найденное НЯ соответствует этому лабораторному отклонению
overlaps_treatment | запись пересекается со временем лечения
dosing_on | в этот день препарат принимали
lab | результат анализа на визите в стандартной единице
lab_uln | верхняя граница нормы анализа на визите
lab_lln | нижняя граница нормы анализа на визите
lab_grade | степень CTCAE анализа на визите; 0 — норма
lab_grade_at | степень CTCAE анализа на том визите
lab_flag_at | ниже нормы, норма или выше на том визите
vital_lo | нижняя граница показателя для возраста
vital_hi | верхняя граница показателя для возраста
makeable | дозу можно составить из имеющихся дозировок
slice_mm | самый толстый срез снимков визита
dict_has | имя есть в списке
lookup | что в списке сказано об этом имени
site_cfg | настройка исследования или центра
hours_since_save | полных часов с сохранения записи
sent_hours | полных часов от получения сведений до отправки
sent_date | день отправки записи
open_queries | сколько запросов ждут ответа центра
missing_required_forms | скольких ожидаемых форм нет
same_site_match | у другого участника центра такие же ответы
any_text | свободный текст этой формы
looks_identifying | текст похож на сведения, раскрывающие личность
looks_like_name | текст похож на имя
all_criteria_met | все критерии отбора выполнены
expected_amount | ожидаемые миллиграммы с прошлой выдачи
dose_level_mg_m2 | миллиграммов на квадратный метр на уровне дозы
dose_table | разовая доза по таблице
growth_z | z-оценка веса или роста по возрасту
range_lo | нижняя граница этой лабораторной строки
range_hi | верхняя граница этой лабораторной строки
lab_standard | результат строки в стандартной единице
ctcae_grade | степень CTCAE этой лабораторной строки
tumour_timepoint | номер оценки опухоли; 0 — исходная
recist_nadir | наименьшая сумма до этой оценки
recist_target | ответ таргетных очагов
recist_non_target | ответ нетаргетных очагов
recist_overall | общий ответ по таблице
recist_confirmed | подтверждён ли этот ответ
recist_best | лучший общий ответ
recist_first_response | день первого подтверждённого ответа
recist_progression | день прогрессирования
"""


def _read(table: str) -> dict[str, str]:
    pairs = (line.partition(" | ") for line in table.strip().splitlines())
    return {name: text for name, _, text in pairs}


ENGLISH: Final = _read(_ENGLISH)
RUSSIAN: Final = _read(_RUSSIAN)
