/** Runs the rules of a form as a person types: skip conditions and derivations in order, then checks.
 *
 * judge({steps: [{kind: "visible" | "value", target, rule}], checks: [rule]}, context) gives
 * {hidden: [path], derived: {path: text | null}, checks: [[oid, row, value]], reports}.
 */
import { evaluate } from "./evaluate.js";
import { lines, write } from "./records.js";

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
