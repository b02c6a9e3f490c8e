// A log with the keyboard: arrows move between lines, Enter opens one, Alt+N adds one.
document.documentElement.classList.add("scripted");
const links = [...document.querySelectorAll("[data-line]")];
document.addEventListener("keydown", (event) => {
  if (event.altKey && event.code === "KeyN") { document.querySelector("[data-add]")?.click(); return; }
  const place = links.indexOf(document.activeElement);
  if (place < 0) return;
  if (event.code === "ArrowDown") { event.preventDefault(); links[place + 1]?.focus(); }
  if (event.code === "ArrowUp") { event.preventDefault(); links[place - 1]?.focus(); }
});
