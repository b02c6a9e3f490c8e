// The table of verification by keyboard: Space ticks and goes on, arrows move, Q asks, H shows the history.
// Without this the boxes are ticked and sent like any form, and the tools are links.
import { history } from "./entry/history.js";

const table = document.querySelector("[data-verify]");
const stops = [...document.querySelectorAll("[data-stop]")];
const path = document.getElementById("ask-path");
const text = document.getElementById("ask-text");

history({ root: document, signal: new AbortController().signal });
document.querySelector("[data-focus]")?.focus();

function go(from, step) {
  const next = stops[stops.indexOf(from) + step];
  if (next) {
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
  }
}

function ask(row) {
  if (!path) return;
  path.value = row.dataset.item;
  text.focus();
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

table.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.code === "Enter") {
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

stops[0]?.focus({ preventScroll: true });
