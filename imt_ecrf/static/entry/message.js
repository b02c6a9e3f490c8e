// Messages of checks under their questions and in the summary, drawn from the templates of the page; moves no focus.

/** Let messages stand exactly where checks fire; new ones are announced once. */
export function say(form, messages) {
  const firing = new Map(messages.map((one) => [one.check, one]));
  const fresh = messages.filter((one) => !one.confirmed && !visible(drawn(form, one)));
  for (const box of form.querySelectorAll(".msg[data-check]")) {
    const one = firing.get(box.dataset.check);
    box.hidden = !one || !box.matches(`.${sort(one)}`);
    if (!box.hidden) fill(box, one);
  }
  for (const one of messages) if (!drawn(form, one)) draw(form, one);
  form.querySelectorAll(".more[id^=m-]").forEach((more) => mark(form, more));
  summarise(form, firing);
  const line = form.querySelector("[data-announce]");
  if (line && fresh.length) line.textContent = fresh.map((one) => one.text).join(" ");
}

const sort = ({ level }) => (level === "hard" ? "stop" : "ask");
const drawn = (form, one) => form.querySelector(`.msg.${sort(one)}[data-check="${CSS.escape(one.check)}"]`);
const visible = (box) => box !== null && !box.hidden;

function made(form, one) {
  return form.querySelector(`template[data-message=${sort(one)}]`)?.content.firstElementChild.cloneNode(true);
}

function draw(form, one) {
  const place = placeOf(form, one.path);
  const box = place && made(form, one);
  if (!box) return;
  box.dataset.check = one.check;
  const comment = box.querySelector("input");
  if (comment) {
    comment.name = `confirm:${one.check}`;
    comment.id = `c-${one.check}`;
    box.querySelector("label").htmlFor = comment.id;
    Object.assign(box.querySelector("button"), { name: "act", value: comment.name });
  }
  fill(box, one);
  place.append(box);
}

function fill(box, one) {
  box.querySelector("[data-text]").textContent = one.text;
  box.querySelectorAll("[data-draft]").forEach((part) => { part.hidden = !one.draft; });
  box.querySelectorAll("[data-confirmed]").forEach((part) => {
    part.hidden = !one.confirmed;
    if (one.said) part.textContent = one.said;
  });
  box.querySelectorAll(".act").forEach((part) => { part.hidden = one.confirmed; });
}

// under the question; in a table in a row of its own; at the top when the question is not on this page
function placeOf(form, path) {
  const found = path && form.querySelector(`#${CSS.escape(`m-${path}`)}`);
  if (found) return found;
  const item = path && (form.querySelector(`#${CSS.escape(`item-${path}`)}`)
    ?? form.querySelector(`[data-derived="${CSS.escape(path)}"], [data-flag="${CSS.escape(path)}"]`)?.closest("tr"));
  if (!item) return form.querySelector("[data-loose]");
  const more = document.createElement("div");
  more.className = "more";
  more.id = `m-${path}`;
  const row = item.closest("tr");
  if (!row) {
    item.append(more);
    return more;
  }
  const why = document.createElement("tr");
  why.className = "why";
  const wide = document.createElement("td");
  wide.colSpan = row.cells.length - 1;
  wide.append(more);
  why.append(document.createElement("td"), wide);
  row.after(why);
  return more;
}

function mark(form, more) {
  const path = CSS.escape(more.id.slice(2));
  const [stop, ask] = [".stop", ".ask"].map((level) => [...more.querySelectorAll(`.msg${level}`)].some((box) => !box.hidden));
  for (const box of form.querySelectorAll(`[data-path="${path}"]:not([data-missing])`)) {
    if (box.matches(".unit, [type=radio], [type=checkbox], [type=hidden]")) continue;
    box.classList.toggle("is-stop", stop);
    box.classList.toggle("is-ask", ask && !stop);
  }
  const asked = form.querySelector(`#${path}`);
  attribute(asked, "aria-invalid", stop && "true");
  attribute(asked, "aria-describedby", (stop || ask) && more.id);
}

function attribute(element, name, value) {
  if (value) element?.setAttribute(name, value); else element?.removeAttribute(name);
}

function summarise(form, firing) {
  const region = form.parentElement.querySelector("[data-summary]");
  if (!region) return;
  const list = region.querySelector("ul");
  const waits = (one) => one && !(one.level === "soft" && one.confirmed);
  for (const line of list.querySelectorAll("li[data-check]")) line.hidden = !waits(firing.get(line.dataset.check));
  for (const one of firing.values()) {
    if (!waits(one)) continue;
    const line = list.querySelector(`li[data-check="${CSS.escape(one.check)}"]`) ?? added(list, one);
    const [sign, words] = line.children;
    const icon = made(form, one)?.querySelector("svg");
    sign.className = one.level === "hard" ? "st-overdue" : "st-progress";
    if (icon) sign.replaceChildren(icon);
    words.firstChild.textContent = one.text;
  }
  for (const link of list.querySelectorAll("li:not([data-check]) a")) {
    link.closest("li").hidden = isSettled(form, link.getAttribute("href").replace("#item-", ""));
  }
  region.hidden = [...list.children].every((line) => line.hidden);
}

// an answer that was owed stands in its box by now, or is asked no longer
function isSettled(form, path) {
  const boxes = [...form.querySelectorAll(`[data-path="${CSS.escape(path)}"]`)];
  const gone = boxes[0]?.closest("[data-item]")?.classList.contains("is-hidden");
  return gone || boxes.some((box) => (/^(radio|checkbox)$/.test(box.type) ? box.checked && box.value : !box.matches(".unit") && box.value));
}

function added(list, one) {
  const line = document.createElement("li");
  line.dataset.check = one.check;
  const link = document.createElement("a");
  link.href = one.path ? `#item-${one.path}` : "#loose";
  const words = document.createElement("span");
  words.append(link);
  line.append(document.createElement("span"), words);
  if (one.level === "hard") list.prepend(line);
  else list.insertBefore(line, list.querySelector("li:not([data-check])"));
  return line;
}
