// Evaluates the published trees as Python does; no text of a rule is ever run. The context: study/rules/handover.py.
import { ORDER, age, moment, readDate, readTime } from "./dates.js";
import { AGGREGATES, ROWS, STRICT } from "./functions.js";
import { ARITHMETIC, Stopped, bounded, minus, order, parse } from "./numbers.js";
import { Sight, given, lines, write } from "./records.js";

const NUMBERS = {
  "==": (n) => n === 0n, "<": (n) => n < 0n, "<=": (n) => n <= 0n, ">": (n) => n > 0n, ">=": (n) => n >= 0n,
};
function compare(sign, a, b) {
  if (sign === "!=") return not(compare("==", a, b));
  if (a.d) return NUMBERS[sign](order(a, b));
  return a.text ? ORDER[sign](a, b) : a === b;
}
const not = (value) => (value === null ? null : !value);
function kleene(decides, parts, test) {
  let found = !decides;
  for (const part of parts) {
    const value = test(part);
    if (value === decides) return value;
    if (value === null) found = null;
  }
  return found;
}
function strict(nodes, sight, act) {
  const values = [];
  for (const node of nodes) {
    const value = walk(node, sight);
    if (value === null) return null;
    values.push(value);
  }
  return act(...values);
}
function every(nodes, sight, act) { // all are asked
  const values = nodes.map((node) => walk(node, sight));
  return values.includes(null) ? null : act(...values);
}
const size = (node) => 1 + [...(node.a ?? []), node.value, node.where].filter(Boolean).map(size).reduce((a, b) => a + b, 0);

const NODES = {
  __proto__: null,
  num: ({ v }) => parse(v),
  text: ({ v }) => v || null,
  bool: ({ v }) => v,
  name: ({ v }) => v,
  pattern: ({ v }) => v,
  none: () => null,
  datelit: ({ v }) => readDate(v),
  timelit: ({ v }) => readTime(v),
  item: (node, sight) => sight.value(sight.frame(node), node.id),
  and: ({ a }, sight) => kleene(false, a, (part) => walk(part, sight)),
  or: ({ a }, sight) => kleene(true, a, (part) => walk(part, sight)),
  not: ({ a }, sight) => not(walk(a[0], sight)),
  neg: ({ a }, sight) => strict(a, sight, minus),
  if({ a: [test, yes, no] }, sight) {
    const found = walk(test, sight);
    return found === null ? null : walk(found ? yes : no, sight);
  },
  arith: ({ op, a }, sight) => strict(a, sight, (x, y) => bounded(ARITHMETIC[op](x, y))),
  cmp: ({ op, a }, sight) => strict(a, sight, (x, y) => compare(op, x, y)),
  in({ neg, a: [value, ...members] }, sight) {
    const equal = (member) => strict([value, member], sight, (x, y) => compare("==", x, y));
    const found = kleene(true, members, equal);
    return neg ? not(found) : found;
  },
  has: ({ neg, a }, sight) => strict(a, sight, (code, codes) => codes.includes(code) !== neg),
  agg: aggregate,
  call(node, sight) {
    const { f, a } = node;
    if (f in STATES) return STATES[f](a[0], sight);
    if (f in LENIENT) return LENIENT[f](a, sight);
    if (f in STRICT) return every(a, sight, STRICT[f]);
    if (f in ROWS) return every(a, sight, (...values) => ROWS[f](sight, ...values));
    throw new Error(`unknown function ${f}`);
  },
  fact: ({ id, t }, sight) => given(fact(id, sight), t),
};
function fact(id, { agg, context: { facts } }) {
  const from = [agg?.facts, facts].find((known) => known && id in known);
  if (!from) throw new Error(`fact ${id} was not handed over`);
  return from[id];
}
const state = (wanted) => (part, sight) =>
  part.k === "item" ? sight.state(sight.frame(part), part.id) === wanted : (walk(part, sight) !== null) === (wanted === "filled");
const STATES = {
  __proto__: null,
  filled: state("filled"),
  blank: state("blank"),
  missing: state("missing"),
  hidden: state("hidden"),
  kept: (part, sight) => sight.kept(sight.frame(part), part.id),
  reason: (part, sight) => sight.reason(sight.frame(part), part.id),
};
const yes = (a, sight) => a.some((part) => walk(part, sight) === "Y");
const LENIENT = {
  __proto__: null,
  coalesce(a, sight) {
    for (const part of a) {
      const value = walk(part, sight);
      if (value !== null) return value;
    }
    return null;
  },
  any_yes: yes,
  all_no: (a, sight) => !yes(a, sight),
  datetime: ([day, time], sight) => strict([day], sight, (found) => moment(found, walk(time, sight))),
  age_at: (a, sight) => strict(a, sight, (day) => age(day, fact("age_anchor", sight))),
};

function aggregate({ f, rows, where, value }, sight) {
  const found = sight.rows(rows);
  sight.spend(found.length * ((where ? size(where) : 0) + (value ? size(value) : 0)));
  const ask = (node, row) => {
    sight.agg = row;
    return node ? walk(node, sight) : true;
  };
  function* chosen(list) {
    for (const row of list) if (ask(where, row) === true) yield row;
  }
  try {
    if (f === "every") return kleene(false, found, (row) => ask(where, row));
    const last = f === "last_of";
    if (!last && !(f in AGGREGATES)) throw new Error(`unknown function ${f}`);
    const list = chosen(last ? [...found].reverse() : found);
    return AGGREGATES[last ? "first_of" : f](list, (row) => row && ask(value, row));
  } finally {
    sight.agg = null;
  }
}
function walk(node, sight) {
  if (!(node.k in NODES)) throw new Error(`unknown kind of node ${node.k}`);
  return NODES[node.k](node, sight);
}

export function evaluate(rule, context) {
  if (rule.rules !== 1) throw new Error(`rule tree of version ${rule.rules}`);
  const sight = new Sight(context, rule.rows);
  try {
    return { value: walk(rule.tree, sight), reports: sight.reports };
  } catch (problem) {
    if (!(problem instanceof Stopped)) throw problem;
    return { value: null, reports: [...sight.reports, ["X01", ""]] };
  }
}
// The rules of a form: conditions and derivations in order, then checks.
export function judge({ steps = [], checks = [] }, context) {
  const values = { ...context.values };
  const hidden = (context.hidden ?? []).filter((name) => name === "@form");
  const [reports, derived] = [[], {}];
  const run = (rule, row) => {
    const found = evaluate(rule, { ...context, values, hidden, row: row?.key });
    reports.push(...found.reports.map((report) => [rule.oid, ...report]));
    return found.value;
  };
  const rows = (group) => (group ? lines({ ...context, values }, group) : [null]);
  for (const { kind, target, rule } of steps) {
    const { g, s, t, d } = context.items[target] ?? {};
    for (const row of rows(g)) {
      const path = (row?.prefix ?? "") + target;
      if (kind === "visible") {
        if (run(rule, row) !== true) hidden.push(path);
        continue;
      }
      const asked = ![path, s, "@form"].some((name) => hidden.includes(name));
      derived[path] = asked ? write(run(rule, row), t, d) : null;
      delete values[path];
      if (derived[path] !== null) values[path] = { v: derived[path] };
    }
  }
  const found = checks.flatMap((rule) => rows(rule.rows).map((row) => [rule.oid, row?.key ?? null, run(rule, row)]));
  return { hidden, derived, checks: found, reports };
}
