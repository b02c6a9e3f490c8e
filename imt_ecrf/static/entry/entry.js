// Data entry: keys, preview, drafts, missing reasons, rows, paste. Everything here also works without it, by submitting.
import { keys } from "./keys.js";
import { paste } from "./paste.js";
import { rows } from "./rows.js";
import { preview } from "./preview.js";
import { drafts } from "./drafts.js";
import { missing } from "./missing.js";
import { history } from "./history.js";

const form = document.querySelector("form[data-entry]");
document.documentElement.classList.add("scripted");
if (form) {
  const words = JSON.parse(document.getElementById("entry-words").textContent);
  const page = { form, words, changed: new Set() };
  missing(page);
  rows(page);
  preview(page);
  drafts(page);
  paste(page);
  keys(page);
  history(page);
  document.querySelector("[data-focus]")?.focus();
  form.addEventListener("submit", () => { page.leaving = true; });
  const saved = new Map([...form.elements].filter((one) => one.name).map((one) => [one, state(one)]));
  form.addEventListener("change", (event) => {
    const box = event.target;
    if (saved.has(box) && saved.get(box) !== state(box) && box.closest("[data-item]") && wasFilled(box)) {
      document.getElementById("reason-line")?.classList.remove("is-quiet");
    }
  });
}

function state(box) {
  return box.type === "radio" || box.type === "checkbox" ? String(box.checked) : box.value;
}

function wasFilled(box) {
  if (box.type === "radio" || box.type === "checkbox") {
    return [...document.getElementsByName(box.name)].some((one) => one.defaultChecked && one.value);
  }
  if (box.tagName === "SELECT") return [...box.options].some((one) => one.defaultSelected && one.value);
  return box.defaultValue !== "";
}
