// Draws what the rules say of a form: what is shown, worked out values, messages, how typed dates are understood.
import { say } from "./message.js";

const at = (path) => CSS.escape(path);

/** Draw a picture; a part that is null stays as it is. `hidden` lists paths and groups. */
export function show(form, { hidden, derived, messages, echoes }) {
  hide(form, new Set(hidden));
  for (const [path, value] of Object.entries(derived)) work(form, path, value);
  if (messages) say(form, messages);
  if (echoes) echo(form, echoes);
}

function hide(form, hidden) {
  form.querySelectorAll("[data-item]").forEach((one) => {
    one.classList.toggle("is-hidden", hidden.has(one.dataset.item) && !one.contains(document.activeElement) && !holds(one));
  });
  form.querySelectorAll("[data-group]").forEach((one) => one.classList.toggle("is-hidden", hidden.has(one.dataset.group)));
}

function holds(item) {
  return [...item.querySelectorAll("[data-path]")].some((one) => (one.type === "radio" || one.type === "checkbox" ? one.checked && one.value : one.value));
}

function work(form, path, value) {
  const place = form.querySelector(`[data-derived="${at(path)}"]`);
  if (place?.classList.contains("grade")) {
    place.textContent = value.value;
    place.className = `grade${value.value && value.value !== "0" ? ` g${value.value}` : ""}`;
  } else if (place) {
    place.textContent = value.text || "–";
  }
  place?.classList.toggle("none", !value.text);
  const flag = form.querySelector(`[data-flag="${at(path)}"]`);
  if (flag) showFlag(flag, value);
}

// what was understood of a typed date, or why a text cannot be kept, beside its box
function echo(form, said) {
  form.querySelectorAll(".echo").forEach((one) => one.remove());
  for (const [path, { text, bad }] of Object.entries(said)) {
    const box = form.querySelector(`input[data-path="${at(path)}"]`);
    if (!box || (!bad && text === box.value.trim())) continue;
    const made = document.createElement("small");
    made.className = bad ? "echo bad" : "echo";
    made.setAttribute("aria-live", "polite");
    made.textContent = text;
    box.closest(".a")?.append(made);
  }
}

// arrow, letter and word, as the server draws a flag; icons stand in one sheet that every page names
function showFlag(place, { value, text }) {
  const way = { HIGH: ["hi", "up", "H"], LOW: ["lo", "down", "L"] }[value];
  const flag = document.createElement("span");
  flag.className = way ? `flag ${way[0]}` : "muted";
  if (way) flag.append(icon(way[1]), `${way[2]} `);
  flag.append(text);
  place.replaceChildren(...(text ? [flag] : []));
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  const sheet = document.querySelector("svg.ico use").getAttribute("href").split("#")[0];
  use.setAttribute("href", `${sheet}#${name}`);
  drawing.setAttribute("class", "ico");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(use);
  return drawing;
}
