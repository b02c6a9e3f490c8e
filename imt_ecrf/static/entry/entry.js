// Data entry: keys, preview, drafts, missing reasons, rows, paste. Everything here also works without it, by submitting.
import { keys } from "./keys.js";
import { paste } from "./paste.js";
import { rows } from "./rows.js";
import { rules as live } from "./rules.js";
import { preview } from "./preview.js";
import { drafts } from "./drafts.js";
import { missing } from "./missing.js";
import { history } from "./history.js";

document.documentElement.classList.add("scripted");
const own = document.getElementById("entry-words");
if (own) attach(document, JSON.parse(own.textContent));

// Give a form its behaviour; the answer ends it again, for a form in a drawer that is closed.
export function attach(root, words) {
  const ending = new AbortController();
  const form = root.querySelector("form[data-entry]");
  const page = { root, form, words, signal: ending.signal, end: () => ending.abort() };
  history(page);
  if (form) {
    for (const part of [missing, rows, live, preview, drafts, paste, keys, reason]) part(page);
    form.addEventListener("submit", () => { page.leaving = true; });
  }
  root.querySelector("[data-focus]")?.focus();
  return page;
}

// A reason is asked as soon as a saved answer differs from what is saved.
function reason({ root, form }) {
  const line = root.querySelector("#reason-line");
  form.addEventListener("change", (event) => {
    const box = event.target;
    if (line?.classList.contains("is-quiet") && box.closest("[data-item]") && wasFilled(box) && differs(box)) ask(line, box);
  });
}

// The reason stands under the first answer that changed; in a table it stays at the foot of the form.
function ask(line, box) {
  line.classList.remove("is-quiet");
  const item = box.closest(".item");
  item?.after(line);
  line.classList.toggle("is-here", Boolean(item));
}

function differs(box) {
  if (box.type === "radio" || box.type === "checkbox") return box.checked !== box.defaultChecked;
  if (box.tagName === "SELECT") return box.value !== ([...box.options].find((one) => one.defaultSelected)?.value ?? "");
  return box.value !== box.defaultValue;
}

function wasFilled(box) {
  if (box.type === "radio" || box.type === "checkbox") {
    return [...document.getElementsByName(box.name)].some((one) => one.defaultChecked && one.value);
  }
  if (box.tagName === "SELECT") return [...box.options].some((one) => one.defaultSelected && one.value);
  return box.defaultValue !== "";
}
