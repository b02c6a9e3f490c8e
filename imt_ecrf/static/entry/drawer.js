// The form of a log line beside its table: the page of the line is fetched, drawn here, and saved from here.
import { attach } from "./entry.js";

export function drawer(words) {
  const cols = document.querySelector("main .cols");
  let frame = null;
  let page = null;
  let href = "";
  let asked = 0; // counts what was asked for: an answer that comes after the drawer was closed opens nothing

  document.addEventListener("keydown", (event) => { if (event.code === "Escape" && frame) close(); });
  return { show, fits: () => window.matchMedia("(min-width: 48.01rem)").matches };

  async function show(address) {
    asked += 1;
    const mine = asked;
    const answer = await fetch(address).catch(() => null);
    if (mine !== asked) return;
    if (!answer?.ok || answer.redirected) { window.location.assign(address); return; }
    const html = await answer.text();
    if (mine !== asked) return;
    draw(html, address);
    frame.querySelector(".item input:not([type=hidden]), .item select, .item textarea")?.focus();
  }

  function draw(html, address) {
    const fetched = new DOMParser().parseFromString(html, "text/html");
    const main = fetched.querySelector("main .main");
    const said = fetched.getElementById("entry-words");
    if (!main || !said) { window.location.assign(address); return; }
    page?.end();
    href = address;
    frame ??= make();
    const title = main.querySelector("h1");
    frame.querySelector("#drawer-title").textContent = title.textContent;
    title.remove();
    const aside = fetched.querySelector("main .aside");
    frame.querySelector(".body").replaceChildren(...main.childNodes, ...(aside ? [aside] : []));
    page = attach(frame, JSON.parse(said.textContent));
    page.form?.addEventListener("submit", save);
    mark();
  }

  function make() {
    const section = document.createElement("section");
    section.className = "drawer";
    section.setAttribute("role", "dialog");
    section.setAttribute("aria-labelledby", "drawer-title");
    const head = document.createElement("header");
    const title = document.createElement("h2");
    title.id = "drawer-title";
    const room = document.createElement("span");
    room.className = "grow";
    head.append(title, room, button("↑", words.before, () => move(-1)), button("↓", words.after, () => move(1)), button("×", words.close, close));
    const body = document.createElement("div");
    body.className = "body";
    section.append(head, body);
    cols.append(section);
    cols.classList.add("has-drawer");
    return section;
  }

  function button(sign, name, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "tool";
    made.textContent = sign;
    made.setAttribute("aria-label", name);
    made.addEventListener("click", act);
    return made;
  }

  function here() {
    return [...document.querySelectorAll("[data-line]")].findIndex((one) => one.href === href);
  }

  function move(step) {
    const next = [...document.querySelectorAll("[data-line]")][here() + step];
    if (next) show(next.href);
  }

  function mark() {
    document.querySelectorAll("tr.here").forEach((row) => { row.classList.remove("here"); row.removeAttribute("aria-current"); });
    const row = document.querySelectorAll("[data-line]")[here()]?.closest("tr");
    row?.classList.add("here");
    row?.setAttribute("aria-current", "true");
  }

  async function save(event) {
    event.preventDefault();
    const { form } = page;
    const act = event.submitter?.value;
    const mine = asked;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form, event.submitter) }).catch(() => null);
    if (!answer) { page.leaving = false; page.offline?.(); return; }
    if (answer.redirected && new URL(answer.url).pathname === "/login") { form.submit(); return; }
    if (!answer.redirected) { draw(await answer.text(), href); return; }
    await refresh();
    if (mine !== asked) { lineOf(href)?.focus(); return; }
    if (act === "next") document.querySelector("[data-add]")?.click();
    else await show(href);
  }

  async function refresh() {
    const answer = await fetch(window.location.href);
    const fetched = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main .cols > .main").replaceWith(fetched.querySelector("main .cols > .main"));
  }

  function lineOf(address) {
    return [...document.querySelectorAll("[data-line]")].find((one) => one.href === address) ?? document.querySelector("[data-add]");
  }

  function close() {
    const link = lineOf(href);
    asked += 1;
    page?.end();
    frame.remove();
    frame = null;
    cols.classList.remove("has-drawer");
    link?.focus();
  }
}
