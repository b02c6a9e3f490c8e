// A log: arrows move between lines, Enter opens one beside the table, Alt+N adds one; without this each line is a page.
import { drawer } from "./drawer.js";

document.documentElement.classList.add("scripted");
const words = JSON.parse(document.getElementById("log-words").textContent);
const beside = drawer(words);
const lines = () => [...document.querySelectorAll("[data-line]")];

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line], [data-add]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && beside.fits()) {
    event.preventDefault();
    beside.show(link.href);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.altKey && event.code === "KeyN") { document.querySelector("[data-add]")?.click(); return; }
  const links = lines();
  const place = links.indexOf(document.activeElement);
  if (place < 0) return;
  if (event.code === "ArrowDown") { event.preventDefault(); links[place + 1]?.focus(); }
  if (event.code === "ArrowUp") { event.preventDefault(); links[place - 1]?.focus(); }
});
