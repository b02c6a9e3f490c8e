// The rules of this form at work while somebody types, without asking the server; its answer wins when it comes.
import { evaluate, judge } from "../rules/evaluate.js";
import { lines, write } from "../rules/records.js";
import { cellsOf } from "./typed.js";
import { show } from "./picture.js";

export function rules(page) {
  const { form } = page;
  const given = form.querySelector("script[data-rules]");
  if (!given?.textContent) return;
  const { words, here } = JSON.parse(given.textContent);
  const state = { hidden: here.hidden, messages: here.messages, derived: {} };
  let broken = false;

  // what the server said last holds for all that this page does not know itself
  page.told = (picture) => Object.assign(state, picture);
  form.addEventListener("input", (event) => { if (event.target.form === form) look(false); });
  form.addEventListener("change", (event) => { if (event.target.form === form) look(true); });

  function look(left) {
    if (broken) return;
    try {
      const picture = pictureOf(form, words, here, state);
      show(form, left ? picture : { ...picture, messages: null });
    } catch (fault) { // the server answers for this page; typing and saving go on
      broken = true;
      console.info(`rules of this page: ${fault}`);
    }
  }
}

function pictureOf(form, words, here, state) {
  const values = cellsOf(form, here.values, words);
  const context = {
    ...here, values, items: words.items, groups: words.groups, views: { ...words.fixed, ...here.views },
  };
  const found = judge(words, context);
  const offered = offeredRows(form, words, context);
  const begun = { ...context, values: { ...values, ...Object.fromEntries(offered.map((row) => [`${row}@offered`, {}])) } };
  const inOffered = offered.length ? judge({ steps: words.steps }, begun).hidden : [];
  const after = { ...context, values: { ...values }, hidden: found.hidden };
  for (const [path, text] of Object.entries(found.derived)) {
    delete after.values[path];
    if (text !== null) after.values[path] = { v: text };
  }
  const derived = Object.entries(found.derived).map(([path, text]) => [path, worded(words, path, text)]);
  return {
    hidden: [
      ...state.hidden.filter((path) => !decides(words, begun, path)), ...found.hidden,
      ...inOffered.filter((path) => offered.some((row) => path.startsWith(row))),
    ],
    derived: { ...state.derived, ...Object.fromEntries(derived) },
    messages: messages(words, after, found.checks, state.messages),
    echoes: null,
  };
}

const itemOf = (path) => path.slice(path.lastIndexOf(".") + 1);

// the empty rows of the page: what is asked in them is worked out as if they had begun, and counts for nothing else
function offeredRows(form, words, context) {
  const paths = [...form.querySelectorAll("[data-offered] [data-item]")].map((one) => one.dataset.item.split("."));
  const rows = paths.filter(([group, key, item]) => item && !lines(context, group).some((row) => row.key === key));
  return [...new Set(rows.map(([group, key]) => `${group}.${key}.`))];
}

// whether this page knows itself if a question is shown: its condition is here, and its row has begun
function decides(words, context, path) {
  if (!words.steps.some(({ kind, target }) => kind === "visible" && target === itemOf(path))) return false;
  const [group, key, item] = path.split(".");
  return !item || lines(context, group).some((row) => row.key === key);
}

function messages(words, context, outcomes, told) {
  const own = new Set(words.checks.map((check) => check.key));
  const confirmed = new Set(told.filter((one) => one.confirmed).map((one) => one.check));
  const found = outcomes.filter(([, , value]) => value === true)
    .map(([place, row]) => message(words, context, words.checks[place], row, confirmed));
  return [...told.filter((one) => !own.has(one.check.split("@")[0])), ...found];
}

function message(words, context, check, row, confirmed) {
  const name = row === null ? check.key : `${check.key}@${row}`;
  const path = check.group ? `${check.group}.${row}.${check.at}` : check.at ?? "";
  const named = row === null ? "" : `${words.labels[check.rows]?.[row] ?? row}, `;
  const text = check.text.replace("{row}", () => named).replace("{value}", () => valueOf(context, check, row));
  return { path, level: check.level, text, check: name, confirmed: confirmed.has(name), draft: Boolean(check.draft) };
}

function valueOf(context, { rows, at }, row) {
  const tree = { k: "item", id: at, scope: rows ? "row" : "form" };
  return write(evaluate({ rules: 1, rows, tree }, { ...context, row }).value, "decimal");
}

// a worked out value as the server writes it
function worded(words, path, text) {
  const { c, u } = words.shown[itemOf(path)] ?? {};
  const written = text === null ? "" : c ? c[text] ?? text : figure(text, words.language);
  return { value: text ?? "", text: written && u ? `${written} ${u}` : written };
}
function figure(text, language) {
  if (!/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return text;
  const plain = text.replace("-", "\u2212");
  return language === "ru" ? plain.replace(".", ",") : plain;
}
