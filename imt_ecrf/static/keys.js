// Keys that work on every page; matched by event.code, so that a Russian keyboard works too.
"use strict";

const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;

function toFind(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.code !== "KeyK") return;
  const find = document.getElementById("find");
  if (!find) return;
  event.preventDefault();
  find.focus();
  find.select();
}

// the next thing to do, from anywhere; what was typed is kept
function toNext(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.code !== "KeyJ") return;
  const next = document.getElementById("next");
  if (!next) return;
  event.preventDefault();
  next.click();
}

// a grid is one stop for Tab; arrows move inside it
function cells(grid) {
  return [...grid.querySelectorAll("tbody tr")]
    .map((row) => [...row.querySelectorAll("a")])
    .filter((row) => row.length > 0);
}

function rove(grid) {
  const all = cells(grid).flat();
  all.forEach((cell, index) => { cell.tabIndex = index === 0 ? 0 : -1; });
  grid.addEventListener("focusin", (event) => {
    const cell = event.target.closest("a");
    if (!cell) return;
    all.forEach((one) => { one.tabIndex = one === cell ? 0 : -1; });
  });
  grid.addEventListener("keydown", (event) => move(grid, event));
}

function move(grid, event) {
  const rows = cells(grid);
  const row = rows.findIndex((one) => one.includes(document.activeElement));
  if (row < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
  const column = rows[row].indexOf(document.activeElement);
  const last = rows[row].length - 1;
  const to = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
    Home: [row, 0], End: [row, last],
  }[event.code];
  if (!to) return;
  const next = rows[to[0]]?.[Math.min(to[1], (rows[to[0]]?.length ?? 1) - 1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

// ↑ and ↓ in a list go to the link of the next row
function arrows(list) {
  list.addEventListener("keydown", (event) => {
    if (typing(event.target) || !["ArrowUp", "ArrowDown"].includes(event.code)) return;
    const links = [...list.querySelectorAll("a[data-row]")];
    const at = links.indexOf(document.activeElement);
    const next = links[at + (event.code === "ArrowDown" ? 1 : -1)];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
}

// an open menu closes on Escape and when something else is pressed
function menus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.type === "keydown" ? event.code === "Escape" : !menu.contains(event.target)) menu.open = false;
  }
}

// a list of choices that filters a page does so at once; without script its button does
function choose(event) {
  if (event.target.matches("form[data-now] select")) event.target.form.requestSubmit();
}

document.addEventListener("keydown", toFind);
document.addEventListener("keydown", toNext);
document.addEventListener("keydown", menus);
document.addEventListener("click", menus);
document.addEventListener("change", choose);
document.querySelectorAll("[data-grid]").forEach(rove);
document.querySelectorAll("[data-list]").forEach(arrows);
