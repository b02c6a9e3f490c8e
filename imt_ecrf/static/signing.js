// Counts the forms chosen for a signature and offers to choose all; without it every box is ticked by hand.
// The button is off, with the reason beside it, while nothing is chosen.
"use strict";

const boxes = [...document.querySelectorAll("input[name=form]")];
const count = document.querySelector("[data-count]");
const all = document.getElementById("all");
const button = document.querySelector("[data-signing] button[type=submit]");
const why = document.getElementById("why-off");

function show() {
  const chosen = boxes.filter((box) => box.checked).length;
  if (count) count.textContent = chosen ? `(${chosen})` : "";
  if (button && boxes.length) {
    button.disabled = !chosen;
    why.hidden = chosen > 0;
    why.textContent = why.dataset.chosen;
  }
  if (all) {
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
}

if (all && boxes.length > 1) {
  all.closest("[data-all]").hidden = false;
  all.addEventListener("change", () => {
    boxes.forEach((box) => { box.checked = all.checked; });
    show();
  });
}
document.addEventListener("change", show);
show();
