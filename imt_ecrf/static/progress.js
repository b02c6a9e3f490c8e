// Asks how far long work is and opens its result when it is done; without it the page comes again by itself.
"use strict";

const box = document.querySelector("[data-progress]");

async function look() {
  const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
  if (!answer.ok) { window.location.reload(); return; }
  const job = await answer.json();
  if (job.state === "done" || job.state === "failed") { window.location.assign(box.dataset.then); return; }
  const bar = box.querySelector("progress");
  bar.max = job.total || 1;
  bar.value = job.done;
  if (job.step) box.querySelector("[data-step]").textContent = job.step;
  box.querySelector("[data-figures]").textContent = job.total ? `${job.done} / ${job.total}` : "";
  setTimeout(look, 1500);
}

if (box) setTimeout(look, 1000);
