// The table of verification by keyboard: Space ticks and goes on, arrows move, Q asks, H shows the history, Esc
// goes back. Without this the boxes are ticked and sent like any form, and the tools are links.
import { history } from "./entry/history.js";

const table = document.querySelector("[data-verify]");
const stops = [...document.querySelectorAll("[data-stop]")];
const path = document.getElementById("ask-path");
const text = document.getElementById("ask-text");
const past = document.getElementById("history-here");
let asked = null; // where the focus was when the query was begun

history({ root: document, signal: new AbortController().signal });
const refused = document.querySelector("[data-focus]");
refused?.focus();

function go(from, step) {
  const next = stops[stops.indexOf(from) + step];
  if (next) {
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
  }
}

function ask(row) {
  if (!path) return;
  asked = document.activeElement;
  path.value = row.dataset.item;
  text.focus();
}

// the row the query is about, or the first one
function back() {
  const row = document.getElementById(`item-${path.value}`);
  (table.contains(asked) ? asked : row?.querySelector("[data-stop]") ?? stops[0])?.focus();
}

// what is ticked goes with the query: both are saved, or neither
function withTicks(form) {
  form.querySelectorAll("[data-tick]").forEach((one) => one.remove());
  for (const box of stops.filter((one) => one.checked)) {
    const tick = Object.assign(document.createElement("input"), { type: "hidden", name: "item", value: box.value });
    tick.dataset.tick = "";
    form.append(tick);
  }
}

const keys = {
  ArrowDown: (stop) => go(stop, 1),
  ArrowUp: (stop) => go(stop, -1),
  KeyQ: (stop) => ask(stop.closest("tr")),
  KeyH: (stop) => stop.closest("tr").querySelector("[data-history]").click(),
  Space: (stop) => {
    if (stop.type === "checkbox") stop.checked = !stop.checked;
    const rest = stops.slice(stops.indexOf(stop) + 1);
    const box = rest.find((one) => one.type === "checkbox");
    if (box) go(box, 0);
  },
};

const enter = (event) => event.code === "Enter" || event.code === "NumpadEnter";

table.addEventListener("keydown", (event) => {
  if (enter(event) && !event.ctrlKey && event.target.matches("[type=checkbox]")) {
    event.preventDefault(); // Enter never sends the form, least of all with its first button
    return;
  }
  if (event.ctrlKey && enter(event)) {
    event.preventDefault();
    table.requestSubmit(table.querySelector("button[value=next]"));
    return;
  }
  const stop = event.target.closest("[data-stop]");
  if (!stop || event.ctrlKey || event.altKey || event.metaKey || !keys[event.code]) return;
  event.preventDefault();
  keys[event.code](stop);
});

table.addEventListener("click", (event) => {
  const link = event.target.closest("[data-ask]");
  if (!link) return;
  event.preventDefault();
  ask(link.closest("tr"));
});

text?.form.addEventListener("submit", (event) => withTicks(event.target));
text?.form.addEventListener("keydown", (event) => {
  if (event.code === "Escape") back();
  else if (!event.ctrlKey || !enter(event)) return;
  else event.target.form.requestSubmit();
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.code !== "Escape" || event.defaultPrevented || !past || past.hidden) return;
  past.hidden = true;
});

// after a query the focus is on its row again; else on what was refused, or the first row
const note = document.getElementById("ask-ticks");
if (note) note.hidden = false;
const last = document.querySelector("[data-stop][autofocus]");
if (!refused) (last ?? stops[0])?.focus({ preventScroll: !last });
