// Keys of the form, by their place on the keyboard so that a Russian layout works.
const SKIP = "input, select, textarea, button";

export function keys({ form, signal }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.code === "KeyS") return press(event, "save");
    if (event.ctrlKey && (event.code === "Enter" || event.code === "NumpadEnter")) return press(event, "next");
    if (event.altKey && event.code === "KeyM") return tool(event, ".miss > summary");
    if (event.altKey && event.code === "KeyH") return tool(event, "[data-history]");
    if (event.altKey && event.code === "KeyQ") return query(event);
  }, { signal });
  form.addEventListener("keydown", (event) => {
    const box = event.target;
    if (event.code === "Enter" || event.code === "NumpadEnter") {
      if (box.tagName === "BUTTON" || box.tagName === "TEXTAREA" || box.tagName === "SUMMARY" || event.ctrlKey) return;
      event.preventDefault();
      (inColumn(box, 1) ?? next(form, box))?.focus();
    } else if ((event.code === "ArrowDown" || event.code === "ArrowUp") && box.closest("table") && box.type === "text") {
      const found = inColumn(box, event.code === "ArrowDown" ? 1 : -1);
      if (found) { event.preventDefault(); found.focus(); found.select?.(); }
    } else if (box.type === "radio" && event.key.length === 1 && !event.ctrlKey && !event.altKey) {
      pick(box, event);
    }
  });
  // while their Alt keys work, the tools beside an answer are no stops on the way through the answers
  form.querySelectorAll(".tools a, .tools button, .miss > summary").forEach((one) => { one.tabIndex = -1; });
  form.addEventListener("focusin", (event) => {
    form.querySelectorAll(".item.current").forEach((one) => one.classList.remove("current"));
    event.target.closest(".item")?.classList.add("current");
  });

  function press(event, act) {
    event.preventDefault();
    const button = form.querySelector(`button[name=act][value=${act}]`);
    if (button) form.requestSubmit(button);
  }

  // the query about the answer in focus opens under it, ready for a reply; once more closes it
  function query(event) {
    const item = document.activeElement?.closest("[data-item], tr, .more");
    const more = item?.matches(".more") ? item : document.getElementById(`m-${item?.dataset.item}`);
    const found = (more ?? item)?.querySelector("[data-query]");
    if (!found) return tool(event, "[data-talk]");
    event.preventDefault();
    found.open = !found.open;
    if (found.open) (found.querySelector("textarea") ?? found.querySelector("summary")).focus();
    else form.querySelector(`#${CSS.escape((more ?? item).id.slice(2))}`)?.focus();
  }

  function tool(event, which) {
    const item = document.activeElement?.closest("[data-item]");
    const found = item?.querySelector(which) ?? item?.closest("tr")?.querySelector(which);
    if (found) { event.preventDefault(); found.click(); }
  }
}

export function next(form, box) {
  const boxes = [...form.querySelectorAll(SKIP)].filter((one) => one.offsetParent && !one.disabled && one.type !== "hidden"
    && !one.closest(".tools, .with-reason") && !(one.type === "radio" && one.name === box.name && one !== box));
  return boxes[boxes.indexOf(box) + 1];
}

// the first box behind a place of the page
export function after(form, place) {
  return [...form.querySelectorAll(SKIP)].find((one) => one.offsetParent && !one.disabled && one.type !== "hidden" && !one.closest(".tools")
    && place.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING && !place.contains(one));
}

function inColumn(box, step) {
  const cell = box.closest("td");
  const table = box.closest("table");
  if (!cell || !table || !("result" in box.dataset || box.closest(".rows"))) return null;
  let row = box.closest("tr");
  do { row = step > 0 ? row.nextElementSibling : row.previousElementSibling; }
  while (row && (row.classList.contains("why") || row.classList.contains("is-hidden")));
  return row?.children[cell.cellIndex]?.querySelector("input:not([type=hidden]), select, textarea") ?? null;
}

function pick(box, event) {
  const wanted = event.key.toLocaleLowerCase();
  const choices = [...document.getElementsByName(box.name)];
  const found = choices.find((one) => one.value.toLocaleLowerCase().startsWith(wanted)
    || one.labels[0]?.textContent.trim().toLocaleLowerCase().startsWith(wanted));
  if (found && !event.code.startsWith("Arrow") && event.code !== "Space" && event.code !== "Tab") {
    event.preventDefault();
    found.checked = true;
    found.focus();
    found.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
