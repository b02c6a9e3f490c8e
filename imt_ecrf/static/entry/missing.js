// A missing reason takes the place of the value: choosing one swaps the box for it, typing a value clears the reason.
import { after } from "./keys.js";

export function missing({ form }) {
  let pointed = false;
  const chosen = (event) => (event.target.matches?.("select[data-missing]") ? event.target : null);

  form.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.dataset.path) return;
    if ("missing" in box.dataset) {
      mark(box);
      if (box.value) empty(box.dataset.path);
      if (pointed) close(box);
    } else if (box.value) {
      const reason = form.querySelector(`select[data-missing][data-path="${CSS.escape(box.dataset.path)}"]`);
      if (reason?.value) { reason.value = ""; mark(reason); }
    }
  });
  form.addEventListener("pointerdown", () => { pointed = true; });
  form.addEventListener("keydown", (event) => {
    pointed = false;
    const select = chosen(event);
    if (!select || !["Enter", "NumpadEnter", "Escape"].includes(event.code) || event.ctrlKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    close(select);
    const item = select.closest(".item, tr");
    (event.code !== "Escape" && select.value ? after(form, item) : box(item))?.focus();
  });
  form.addEventListener("toggle", (event) => { if (event.target.open) event.target.querySelector("select[data-missing]")?.focus(); }, true);
  form.addEventListener("focusout", (event) => { const select = chosen(event); if (select) close(select); });
  form.querySelectorAll("select[data-missing]").forEach((one) => { mark(one); close(one); });

  function close(select) {
    select.closest("details").open = false;
  }

  function box(item) {
    return [...item.querySelectorAll("[data-path]:not([data-missing])")].find((one) => one.offsetParent);
  }

  function empty(path) {
    form.querySelectorAll(`[data-path="${CSS.escape(path)}"]:not([data-missing])`).forEach((one) => {
      if (one.type === "radio" || one.type === "checkbox") one.checked = false; else one.value = "";
    });
  }

  function mark(select) {
    select.closest("details").classList.toggle("chosen", Boolean(select.value));
    const item = select.closest(".item, td.cell, tr");
    const place = item?.querySelector(".a") ?? item?.querySelector("[data-result]")?.parentElement;
    place?.querySelector(".with-reason")?.remove();
    place?.classList.toggle("has-reason", Boolean(select.value));
    if (select.value && place) place.append(chip(select, item));
  }

  function chip(select, item) {
    const words = document.createElement("span");
    words.className = "with-reason";
    words.textContent = select.selectedOptions[0].textContent;
    const back = document.createElement("button");
    Object.assign(back, { type: "button", className: "tool", textContent: "×", tabIndex: -1 });
    back.setAttribute("aria-label", select.options[0].textContent);
    back.addEventListener("click", () => {
      select.value = "";
      select.dispatchEvent(new Event("change", { bubbles: true }));
      box(item)?.focus();
    });
    words.append(back);
    return words;
  }
}
