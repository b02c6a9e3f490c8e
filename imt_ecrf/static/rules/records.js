// What a rule sees: values of the form, of its rows, of records handed over; knows no rule.
import { readDate, readMoment, readTime, timeText } from "./dates.js";
import { Stopped, exact, fixed, parse, plus, share, times } from "./numbers.js";
import { normal } from "./texts.js";

const BAD = Symbol("X02");
const readWhole = (text) => (parse(text)?.d === 1n ? parse(text) : null);
const TRUTH = { true: true, false: false };
const READERS = {
  integer: readWhole, ref: readWhole, decimal: parse, date: readDate, time: readTime, datetime: readMoment,
  boolean: (text) => TRUTH[text] ?? null,
};
export const base = (type) => type.split(":")[0];

function read(stored, type, codes) { // null: blank, BAD: does not fit its type
  const many = base(type) === "codes";
  if (many !== Array.isArray(stored)) return many && !normal(stored) ? null : BAD;
  const texts = [stored].flat().map(normal).filter(Boolean);
  if (!texts.length) return null;
  if (codes && texts.some((text) => !codes.includes(text))) return BAD;
  if (many) return texts;
  const reader = READERS[base(type)];
  return reader ? reader(texts[0]) ?? BAD : texts[0];
}
// a fact or a view: a value written exactly (a number also as "1/3")
export function given(stored, type) {
  if (typeof stored !== "string") return stored ?? null;
  const found = stored.includes("/") && /^(integer|decimal)$/.test(type) ? share(stored) : read(stored, type);
  return found === BAD ? null : found;
}
export function write(value, type, digits) {
  if (value?.d) return base(type) === "time" ? timeText(value) : digits == null ? exact(value) : fixed(value, digits);
  return value?.text ?? (typeof value === "string" ? normal(value) || null : typeof value === "boolean" ? `${value}` : value);
}

// One evaluation: `form`, `row` and `agg` are frames (the values of a record or row) or null.
export class Sight {
  constructor(context, group) {
    this.context = context;
    this.reports = [];
    this.steps = 0;
    this.tables = {};
    this.form = context.values ? frame(context) : null;
    this.row = group && context.row != null ? this.line({ key: `${context.row}`, prefix: `${group}.${context.row}.` }) : null;
    this.agg = null;
  }
  frame({ scope }) {
    if (scope in this) return this[scope];
    const other = this.context.forms?.[scope.slice(5)];
    return (this.tables[scope] ??= other ? [frame(other)] : [null])[0];
  }
  value(frame, oid) {
    if (!frame) return null;
    if (!(oid in frame.memo)) frame.memo[oid] = this.read(frame, oid);
    return frame.memo[oid];
  }
  read(frame, oid) {
    const [item, path, { v, u, m }] = [this.context.items[oid], frame.prefix + oid, cell(frame, oid)];
    if (path in frame.views) return given(frame.views[path], item.t);
    if (v == null || m !== undefined || this.hides(frame, oid)) return null;
    let found = read(v, item.t, item.c);
    if (item.u && found && found !== BAD) {
      const unit = u ? item.u[u] : ["1/1", "0/1"];
      found = unit ? plus(times(found, share(unit[0])), share(unit[1])) : BAD;
    }
    if (found === BAD) this.reports.push(["X02", path]);
    return found === BAD ? null : found;
  }
  hides(frame, oid) {
    return [frame.prefix + oid, this.context.items[oid].s, "@form"].some((name) => frame.hidden.includes(name));
  }
  state(frame, oid) {
    if (this.value(frame, oid) !== null) return "filled";
    if (!frame) return "blank";
    if (frame.prefix + oid in frame.views || this.hides(frame, oid)) return "hidden";
    return cell(frame, oid).m === undefined ? "blank" : "missing";
  }
  kept(frame, oid) {
    const { v } = frame ? cell(frame, oid) : {};
    return this.state(frame, oid) === "hidden" && v != null && read(v, this.context.items[oid].t) !== null;
  }
  reason(frame, oid) {
    return this.state(frame, oid) === "missing" ? cell(frame, oid).m : null;
  }
  rows(name) {
    const { context } = this;
    const found = (this.tables[name] ??= (context.tables?.[name] ?? lines(context, name)).map((row) =>
      row.here ? this.form : !row.prefix ? frame(row) : row.prefix === this.row?.prefix ? this.row : this.line(row),
    ));
    if (found.length > 2000) throw new Stopped();
    return found;
  }
  line(row) {
    return { ...this.form, ...row, memo: {} };
  }
  spend(steps) {
    this.steps += steps;
    if (this.steps > 1e5) throw new Stopped();
  }
}
const frame = ({ values, hidden = [], views = {}, ...more }) => ({ values, hidden, views, prefix: "", memo: {}, ...more });
export const cell = (frame, oid) => frame.values[frame.prefix + oid] ?? {};

// the rows of a group: those of a panel, else those written and not struck out
export function lines({ values, groups }, group) {
  const paths = Object.keys(values ?? {}).map((path) => path.split(".")).filter((path) => path[0] === group && path[2]);
  const struck = paths.filter((path) => path[2] === "@struck").map((path) => path[1]);
  const keys = groups?.[group]?.fixed ?? [...new Set(paths.map((path) => path[1]))]
    .filter((key) => !struck.includes(key)).sort((a, b) => a - b);
  return keys.map((key) => ({ key, prefix: `${group}.${key}.` }));
}
