// The functions of known values, those that compare rows, the aggregates; knows no tree.
import { DATES, extreme } from "./dates.js";
import { ARITHMETIC, bounded, floor, minus, order, over, parse, plus, round, root, whole } from "./numbers.js";
import { cell } from "./records.js";
import { containsWord, lower, matches, normal, signs } from "./texts.js";

const same = (x) => x;
// a text that is equal for equal values
const keyed = (x) => (x?.d ? `${x.n}/${x.d}` : JSON.stringify(x));
const end = (sign) => (...values) =>
  values[0].d ? values.reduce((a, b) => ((sign === "<=" ? order(b, a) < 0n : order(b, a) > 0n) ? b : a)) : extreme(sign, values);

// called when every argument has a value
export const STRICT = {
  __proto__: null,
  ...DATES,
  abs: (a) => (a.n < 0n ? minus(a) : a),
  floor,
  ceil: (a) => minus(floor(minus(a))),
  round,
  sqrt: (a) => (a.n < 0n ? null : root(a, 2n)),
  cbrt: (a) => root(a, 3n),
  min: end("<="),
  max: end(">="),
  number: (text) => parse(normal(text)),
  text: same, mm: same, cm: same, kg: same,
  length: (text) => whole(signs(text).length),
  count_values: (answers) => whole(answers.length),
  lower,
  matches,
  contains_word: containsWord,
  minutes: (a, b) => plus(b, minus(a)),
};
const entered = (sight, frame, oid) => {
  const { v = keyed(sight.value(frame, oid)), u = null } = cell(frame, oid);
  return sight.state(frame, oid) === "filled" ? JSON.stringify([v, u]) : null;
};
function found(sight, name, key) {
  const column = sight.context.groups?.[name]?.key;
  const named = (row) => (column ? sight.value(row, column) : whole(row.line));
  return sight.rows(name).find((row) => keyed(named(row)) === keyed(key));
}
const earlier = (sight, name) => {
  const rows = sight.rows(name);
  const here = sight.row ?? sight.form;
  const at = rows.indexOf(here);
  return [at < 0 ? null : here, rows.slice(0, at)];
};
const followed = (before) => (sight, name, key, column) => {
  const group = sight.context.groups[name].key;
  let searched = null; // in each record only the first row with the key counts
  for (const row of sight.rows(`${before} ${name}`)) {
    if (row.of === searched || keyed(sight.value(row, group)) !== keyed(key)) continue;
    const found = sight.value(row, column);
    if (found !== null) return found;
    searched = row.of;
  }
  return null;
};
const keys = (sight, name, column) =>
  new Set(sight.rows(name).map((row) => sight.value(row, column)).filter((value) => value !== null).map(keyed));
const beyond = (a, b) => whole([...a].filter((key) => !b.has(key)).length);

// called likewise, the sight first
export const ROWS = {
  __proto__: null,
  row: (sight, name, key, column) => sight.value(found(sight, name, key), column),
  row_exists: (sight, name, key) => !!found(sight, name, key),
  line: ({ context }, form) => (context.form === form && context.line ? whole(context.line) : null),
  max_same(sight, column) {
    const counts = {};
    for (const row of sight.rows(sight.context.items[column].s)) {
      if ([null, "OTHER"].includes(sight.value(row, column))) continue;
      const key = entered(sight, row, column);
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return whole(Math.max(0, ...Object.values(counts)));
  },
  dup_row(sight, name, ...items) {
    const [here, rows] = earlier(sight, name);
    const all = (row) => items.map((oid) => entered(sight, row, oid));
    const wanted = here ? all(here) : [null];
    return wanted.includes(null) ? null : rows.some((row) => `${all(row)}` === `${wanted}`);
  },
  overlaps_other_row(sight, name, start, end) {
    const [here, rows] = earlier(sight, name);
    const begin = (row) => sight.value(row, start);
    const until = (row) => sight.value(row, end)?.lo ?? Infinity;
    if (!here || !begin(here)) return null;
    const last = until(here);
    return rows.filter(begin).some((row) => begin(row).hi < last && begin(here).hi < until(row));
  },
  gap_before_row(sight, name, start, end) {
    const here = sight.value(earlier(sight, name)[0], start);
    if (!here || here.lo !== here.hi) return null;
    const rows = sight.rows(name).filter((row) => sight.value(row, start)?.lo < here.lo);
    const ends = rows.map((row) => sight.value(row, end));
    const sure = ends.every((day) => day && day.lo === day.hi) && rows.every((row) => sight.value(row, start).hi < here.lo);
    return ends.length && sure ? whole(here.lo - Math.max(...ends.map((day) => day.lo)) - 1) : null;
  },
  missing_rows_from: (sight, event, name, column) =>
    beyond(keys(sight, `${event} ${name}`, column), keys(sight, name, column)),
  extra_rows_vs: (sight, event, name, column) =>
    beyond(keys(sight, name, column), keys(sight, `${event} ${name}`, column)),
  prev_row: followed("prev_row"),
  base_row: followed("base_row"),
};

const all = (act) => (rows, value) => {
  const values = [];
  for (const row of rows) {
    const one = value(row);
    if (one === null) return null;
    values.push(one);
  }
  return act(values);
};
const total = (values) => values.reduce(plus, whole(0));
const some = (act) => all((values) => (values.length ? act(values) : null));
// called with the chosen rows, lazily, and the value of a row
export const AGGREGATES = {
  __proto__: null,
  exists: (rows) => !rows.next().done,
  count: (rows) => whole([...rows].length),
  sum_of: all((values) => bounded(total(values))),
  mean_of: some((values) => bounded(over(total(values), whole(values.length)))),
  min_of: some((values) => STRICT.min(...values)),
  max_of: some((values) => STRICT.max(...values)),
  first_of: (rows, value) => value(rows.next().value ?? null),
};
