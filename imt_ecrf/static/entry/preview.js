// What the rules make of the answers while typing: asked of the server 300 ms after the last change; nothing is stored.
const REST = 300;

export function preview(page) {
  const { form } = page;
  let timer = 0;
  let running = null;
  form.addEventListener("change", () => { clearTimeout(timer); timer = setTimeout(ask, REST); });

  async function ask() {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), signal: running.signal, headers: { Accept: "application/json" } });
      if (answer.ok) show(form, await answer.json());
    } catch (fault) {
      if (fault.name !== "AbortError") page.offline?.();
    }
  }
}

function show(form, picture) {
  const hidden = new Set(picture.hidden);
  form.querySelectorAll("[data-item]").forEach((one) => {
    const gone = hidden.has(one.dataset.item);
    one.classList.toggle("is-hidden", gone && !one.querySelector("[data-path]")?.closest("[data-item]")?.contains(document.activeElement) && !holds(one));
  });
  form.querySelectorAll("[data-group]").forEach((one) => one.classList.toggle("is-hidden", hidden.has(one.dataset.group)));
  for (const [path, value] of Object.entries(picture.derived)) {
    const place = form.querySelector(`[data-derived="${CSS.escape(path)}"]`);
    if (place) {
      place.textContent = place.classList.contains("grade") ? value.value : value.text || "–";
      if (place.classList.contains("grade")) place.className = `grade${value.value && value.value !== "0" ? ` g${value.value}` : ""}`;
      place.classList.toggle("none", !value.text);
    }
    const flag = form.querySelector(`[data-flag="${CSS.escape(path)}"]`);
    if (flag) showFlag(flag, value);
  }
  notes(form, picture.messages);
  echoes(form, picture.echoes);
}

// what was understood of a typed date, or why a text cannot be kept, beside its box
function echoes(form, said) {
  form.querySelectorAll(".echo").forEach((one) => one.remove());
  for (const [path, { text, bad }] of Object.entries(said)) {
    const box = form.querySelector(`input[data-path="${CSS.escape(path)}"]`);
    if (!box || (!bad && text === box.value.trim())) continue;
    const echo = document.createElement("small");
    echo.className = bad ? "echo bad" : "echo";
    echo.setAttribute("aria-live", "polite");
    echo.textContent = text;
    box.closest(".a")?.append(echo);
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

function holds(item) {
  return [...item.querySelectorAll("[data-path]")].some((one) => (one.type === "radio" || one.type === "checkbox" ? one.checked && one.value : one.value));
}

function notes(form, messages) {
  form.querySelectorAll(".live-note").forEach((one) => one.remove());
  const firing = new Set(messages.map((one) => one.check));
  form.querySelectorAll(".msg[data-check]").forEach((one) => { one.hidden = !firing.has(one.dataset.check); });
  form.querySelectorAll(".item:has(.msg[data-check]) .a .form-control").forEach((one) => {
    one.classList.toggle("is-ask", Boolean(one.closest(".item").querySelector(".msg.ask:not([hidden])")));
  });
  for (const one of messages.filter((other) => !other.confirmed)) {
    const item = one.path && form.querySelector(`.item[data-item="${CSS.escape(one.path)}"]`);
    if (!item || item.querySelector(".msg:not([hidden])")) continue;
    const note = document.createElement("div");
    note.className = "more live-note";
    const box = document.createElement("div");
    box.className = `msg ${one.level === "hard" ? "stop" : "ask"}`;
    const head = document.createElement("h3");
    head.textContent = one.text;
    box.append(head);
    note.append(box);
    item.append(note);
  }
}
