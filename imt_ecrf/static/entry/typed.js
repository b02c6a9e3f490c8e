// What a person types, to the text that is stored, as study/entry.py reads it; knows no page. null: not a value.
import { parse } from "../rules/numbers.js";
import { readDate, readMoment, readTime } from "../rules/dates.js";
import { normal } from "../rules/texts.js";

const MONTHS = Object.fromEntries([
  "jan january янв январь января", "feb february фев февр февраль февраля", "mar march мар март марта",
  "apr april апр апрель апреля", "may май мая", "jun june июн июнь июня", "jul july июл июль июля",
  "aug august авг август августа", "sep sept september сен сент сентябрь сентября",
  "oct october окт октябрь октября", "nov november ноя нояб ноябрь ноября", "dec december дек декабрь декабря",
].flatMap((names, place) => names.split(" ").map((name) => [name, String(place + 1)])));
const UNKNOWN = new Set(["un", "unk", "uk", "нд", "неизв", "--", "xx", "хх"]);
const hyphens = (text) => text.replace(/[\u2212\u2013\u2010\u2011]/g, "-");
const isShort = (part) => /^[0-9]{1,2}$/.test(part);

function number(typed) {
  const text = hyphens(typed);
  return /^-?[0-9]+(?:[.,][0-9]+)?$/.test(text) && text.length <= 40 ? text.replace(",", ".") : null;
}
function integer(typed) {
  const text = number(typed);
  return text !== null && parse(text)?.d === 1n ? text : null;
}
function date(typed, language) {
  const parts = hyphens(typed).toLowerCase().replace(/[. г]+$/, "").split(/[-./,\s]+/).filter(Boolean);
  if (parts.length < 1 || parts.length > 3) return null;
  const yearFirst = /^[0-9]{4}(?:[-./\s].*)?$/.test(typed);
  if (!yearFirst) parts.reverse();
  const [year, month, day] = [...parts, "un", "un"];
  if (!/^[0-9]{4}$/.test(year)) return null;
  const swapped = language !== "ru" && isShort(month) && isShort(day) && Number(day) <= 12 && month !== day;
  return typed.includes("/") && !yearFirst && swapped ? null : join(year, month, day);
}
function join(year, month, day) {
  if (UNKNOWN.has(month)) return UNKNOWN.has(day) && readDate(year) ? year : null;
  const found = MONTHS[month] ?? month;
  if (!isShort(found) || !(isShort(day) || UNKNOWN.has(day))) return null;
  const stored = [year, found, ...(UNKNOWN.has(day) ? [] : [day])].map((part) => part.padStart(2, "0")).join("-");
  return readDate(stored) ? stored : null;
}
function fullDate(typed, language) {
  const stored = date(typed, language);
  return stored?.length === 10 ? stored : null;
}
function time(typed) {
  const found = /^(?:([0-9]{1,2})[:.]([0-9]{2})|([0-9]{2})([0-9]{2}))$/.exec(typed);
  const stored = found && `${(found[1] ?? found[3]).padStart(2, "0")}:${found[2] ?? found[4]}`;
  return stored && readTime(stored) ? stored : null;
}
function datetime(typed, language) {
  const at = typed.replaceAll("T", " ").lastIndexOf(" ");
  if (at < 1 || !typed.slice(at + 1).includes(":")) return date(typed, language);
  const [day, clock] = [fullDate(typed.slice(0, at), language), time(typed.slice(at + 1))];
  return day && clock && readMoment(`${day}T${clock}`) ? `${day}T${clock}` : null;
}
const READERS = {
  integer, float: number, date: fullDate, partial_date: date, time, datetime,
  record_ref: (typed) => (/^[0-9]+$/.test(typed) ? typed : null),
};

/** Read one typed answer of a kind: stored text, "" for blank, null for what cannot be kept. */
export function readTyped(text, kind, language) {
  const typed = normal(text);
  return typed && kind in READERS ? READERS[kind](typed, language) : typed;
}

/** Read the answers of a form as the server will: {path: {v, u, m}}, from what was kept and what stands in the boxes. */
export function cellsOf(form, kept, { typed, rows, language }) {
  const sent = new FormData(form);
  const cells = { ...kept };
  const names = [...new Set(sent.keys())].map((name) => name.replace(/:(unit|missing)$/, ""));
  const paths = [...new Set(names)].filter((path) => path.slice(path.lastIndexOf(".") + 1) in typed);
  const answers = new Map(paths.map((path) => [path, answer(sent, path, typed[path.slice(path.lastIndexOf(".") + 1)], language)]));
  const started = new Set(Object.keys(kept).map(rowOf));
  for (const path of paths) {
    if (said(sent, path) && form.elements.namedItem(path)?.type !== "hidden") started.add(rowOf(path));
  }
  for (const [path, cell] of answers) {
    if (path.split(".")[0] in rows && !started.has(rowOf(path))) continue;
    delete cells[path];
    if (cell) cells[path] = cell;
  }
  return cells;
}
const rowOf = (path) => path.slice(0, path.lastIndexOf(".") + 1);
const said = (sent, path) => Boolean(sent.get(`${path}:missing`)) || sent.getAll(path).some((text) => text.trim());

function answer(sent, path, { k, u, l }, language) { // undefined: nothing is kept
  const missing = sent.get(`${path}:missing`);
  if (missing) return sent.getAll(path).some((text) => text.trim()) ? undefined : { m: missing };
  if (k === "multi") {
    const chosen = sent.getAll(path).filter(Boolean);
    return chosen.length ? { v: chosen } : undefined;
  }
  const text = readTyped(sent.get(path) ?? "", k, language);
  if (!text || (l && [...(/^(integer|float)$/.test(k) ? text.replace("-", "") : text)].length > l)) return undefined;
  const unit = sent.get(`${path}:unit`) || (u?.length === 1 ? u[0] : null);
  if (u && !unit) return undefined;
  return unit ? { v: text, u: unit } : { v: text };
}
