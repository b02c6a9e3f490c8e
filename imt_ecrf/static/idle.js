// The session ends 15 minutes after the last key; two minutes before, the page says so and offers to stay.
"use strict";

const notice = document.querySelector("[data-idle]");
const MINUTE = 60_000;
const END = 15 * MINUTE;
const WARN = 13 * MINUTE;
const TELL = 4 * MINUTE;
let lastKey = Date.now();
let lastTold = Date.now();

// the server counts from its last request: it is told, now and then, that somebody is still typing
async function tell() {
  lastTold = Date.now();
  try { await fetch(notice.dataset.idle); } catch { /* no connection: the form says so itself */ }
}

function here() {
  lastKey = Date.now();
  notice.hidden = true;
  if (lastKey - lastTold > TELL) tell();
}

function look() {
  const idle = Date.now() - lastKey;
  if (idle >= END) {
    const back = encodeURIComponent(location.pathname + location.search);
    location.assign(`${notice.dataset.login}?next=${back}`);
    return;
  }
  notice.hidden = idle < WARN;
}

if (notice) {
  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, here, { passive: true });
  notice.querySelector("button").addEventListener("click", here);
  setInterval(look, 5000);
}
