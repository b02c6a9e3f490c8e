// A missing reason takes the place of the value: choosing one empties the box, typing a value clears the reason.
export function missing({ form }) {
  form.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.dataset.path) return;
    if ("missing" in box.dataset) {
      mark(box);
      if (box.value) empty(box.dataset.path);
      box.closest("details").open = false;
    } else if (box.value) {
      const reason = form.querySelector(`select[data-missing][data-path="${CSS.escape(box.dataset.path)}"]`);
      if (reason?.value) { reason.value = ""; mark(reason); }
    }
  });
  form.querySelectorAll("select[data-missing]").forEach((one) => { mark(one); one.closest("details").open = false; });

  function empty(path) {
    form.querySelectorAll(`[data-path="${CSS.escape(path)}"]:not([data-missing])`).forEach((one) => {
      if (one.type === "radio" || one.type === "checkbox") one.checked = false; else one.value = "";
    });
  }

  function mark(select) {
    const details = select.closest("details");
    details.classList.toggle("chosen", Boolean(select.value));
    const item = select.closest(".item, td, tr");
    const place = item?.querySelector(".a") ?? item?.querySelector("[data-result]")?.parentElement ?? item;
    place?.querySelector(".with-reason")?.remove();
    if (!select.value || !place) return;
    const words = document.createElement("span");
    words.className = "with-reason";
    words.textContent = select.selectedOptions[0].textContent;
    place.append(words);
  }
}
