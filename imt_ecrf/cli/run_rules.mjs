// Runs rules through the evaluator of the browser: {jobs, contexts} as JSON on stdin, what comes of each job
// on stdout; the context of a job may be its place among the contexts.
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`).href;
const load = (name) => import(folder + name);
const [{ evaluate, judge }, { base, write }] = await Promise.all(["evaluate.js", "records.js"].map(load));

const NAMES = {
  integer: "number", decimal: "number", ref: "number", codes: "texts", boolean: "boolean",
  date: "date", time: "time", datetime: "datetime",
};
function written(value, { into, type }) {
  if (value === null) return { unknown: true };
  if (into) return { value: write(value, into.t, into.d), type: "stored" };
  const name = NAMES[base(type)] ?? "text";
  return { value: name === "boolean" ? value : write(value, type), type: name };
}
function expression(job) {
  const { value, reports } = evaluate(job.rule, job.context);
  const codes = [...new Set(reports.map(([code]) => code))].sort();
  if (`${codes}` === "X01") return { error: "X01" };
  return { ...written(value, job), ...(codes.length ? { reports: codes[0] } : {}) };
}
function outcome(given, contexts) {
  const job = typeof given.context === "number" ? { ...given, context: contexts[given.context] } : given;
  try {
    return job.rule ? expression(job) : judge(job, job.context);
  } catch (problem) {
    return { fault: `${problem}` };
  }
}
let text = "";
for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
const { jobs, contexts } = JSON.parse(text);
process.stdout.write(JSON.stringify(jobs.map((job) => outcome(job, contexts))));
