// Dates (moments) as the days (minutes) they may be; the clock is never read.
import { over, plus, ratio, whole } from "./numbers.js";
const EPOCH = 719163;
const DAY = 1440;
const ordinal = (y, m, d) => Date.UTC(y, m - 1, d) / 864e5 + EPOCH;
const iso = (day) => new Date((day - EPOCH) * 864e5).toISOString().slice(0, 10);
const parts = (day) => iso(day).split("-").map(Number);
const isFull = (x) => x.lo === x.hi;
const known = (sure, number) => (sure ? whole(number) : null);
export const full = (day) => ({ lo: day, hi: day, text: iso(day) });

export function readDate(text) {
  const found = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
  if (!found || found[1] < 1850 || found[1] > 2199) return null;
  const [y, m = "01", d = "01"] = found.slice(1);
  const lo = ordinal(y, m, d);
  if (m > 12 || d > 31 || iso(lo) !== `${y}-${m}-${d}`) return null;
  return { lo, hi: found[3] ? lo : ordinal(y, found[2] ? +m + 1 : 13, 1) - 1, text };
}
export function readTime(text) {
  const found = /^(\d\d):(\d\d)$/.exec(text);
  return found && found[1] < 24 && found[2] < 60 ? whole(found[1] * 60 + +found[2]) : null;
}
export const timeText = ({ n }) => [n / 60n, n % 60n].map((part) => `${part}`.padStart(2, "0")).join(":");
export function moment(day, time) {
  const sure = time && isFull(day);
  const [lo, more] = sure ? [day.lo * DAY + Number(time.n), 0] : [day.lo * DAY, DAY - 1];
  return { lo, hi: sure ? lo : day.hi * DAY + more, text: day.text + (sure ? `T${timeText(time)}` : "") };
}
export function readMoment(text) {
  const [day, time] = [readDate(text.split("T")[0]), readTime(text.slice(text.indexOf("T") + 1))];
  return day && (time ? isFull(day) : !text.includes("T")) ? moment(day, time) : null;
}
const before = (a, b) => (a.hi < b.lo ? true : a.lo >= b.hi ? false : null);
const upTo = (a, b) => (a.hi <= b.lo ? true : a.lo > b.hi ? false : null);
const alike = (a, b) => a.lo === b.lo && a.hi === b.hi;
const equal = (a, b) => (a.hi < b.lo || b.hi < a.lo ? false : isFull(a) && isFull(b) ? true : null);
export const ORDER = {
  "==": equal, "<": before, "<=": upTo, ">": (a, b) => before(b, a), ">=": (a, b) => upTo(b, a),
};
export function extreme(sign, values) { // the one that is certainly first (<=) or last (>=)
  return values.find((a) => values.every((b) => alike(a, b) || ORDER[sign](a, b))) ?? null;
}
function gone(a, b) { // completed months
  const [[y, m, d], [yy, mm, dd]] = [parts(a), parts(b)];
  return (yy - y) * 12 + mm - m - (dd < d);
}
const completed = (unit) => (a, b) => { // when it is the same for every possible day
  const [least, most] = [gone(a.hi, b.lo), gone(a.lo, b.hi)].map((months) => Math.floor(months / unit));
  return known(least === most, least);
};
const apart = (a, b) => known(isFull(a) && isFull(b), b.lo - a.lo);
export const DATES = {
  days: apart,
  months: completed(1),
  years: completed(12),
  year: (a) => whole(parts(a.lo)[0]),
  month: (a) => known(iso(a.lo).slice(0, 7) === iso(a.hi).slice(0, 7), parts(a.lo)[1]),
  day: (a) => known(isFull(a), parts(a.lo)[2]),
  partial_lo: (a) => full(a.lo),
  partial_hi: (a) => full(a.hi),
  is_partial: (a) => !isFull(a),
  same: alike,
  add_days(a, count) {
    const day = a.lo + Number(count.n);
    return isFull(a) && day >= ordinal(1850, 1, 1) && day < ordinal(2200, 1, 1) ? full(day) : null;
  },
  hours(a, b) {
    const minutes = apart(a, b);
    return minutes && over(minutes, whole(60));
  },
  date_of(x) {
    const [lo, hi] = [Math.floor(x.lo / DAY), Math.floor(x.hi / DAY)];
    return lo === hi ? full(lo) : { lo, hi, text: x.text };
  },
};
function since(start, day) { // completed years and the share of the running one
  const [y, m, d] = parts(start);
  const count = Math.floor(gone(start, day) / 12);
  const [last, next] = [count, count + 1].map((more) => ordinal(y + more, m, d));
  return plus(whole(count), ratio(BigInt(day - last), BigInt(next - last)));
}
export function age(day, { birth, consent, years, months }) {
  if (!isFull(day)) return null;
  if (birth) return since(readDate(birth).lo, day.lo);
  const start = months ? over(whole(months), whole(12)) : years ? whole(years) : null;
  return start && consent ? plus(start, since(readDate(consent).lo, day.lo)) : null;
}
