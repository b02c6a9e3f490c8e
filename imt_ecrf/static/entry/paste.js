// Two or three columns from a spreadsheet go into a laboratory panel: (test,) value(, unit), by name or from the row in focus.
export function paste({ form }) {
  form.addEventListener("paste", (event) => {
    const box = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!("result" in box.dataset) || !/[\n\t]/.test(text.trim())) return;
    event.preventDefault();
    const lines = text.split(/\r?\n/).filter((line) => line.trim()).map((line) => line.split("\t").map((part) => part.trim()));
    const all = [...box.closest("tbody").querySelectorAll("tr[data-item]")];
    let place = all.indexOf(box.closest("tr"));
    for (const parts of lines) {
      const named = all.find((row) => same(row.querySelector("th")?.textContent, parts[0]) || same(key(row), parts[0]));
      const row = named ?? (isNumber(parts[0]) ? all[place++] : null);
      if (!row) continue;
      fill(row, named ? parts.slice(1) : parts);
    }
  });
  form.querySelectorAll("[data-standard-units]").forEach((button) => button.addEventListener("click", () => {
    button.closest("section").querySelectorAll("tr[data-item]").forEach((row) => {
      const unit = row.querySelector("[data-unit]");
      if (unit && !unit.value && row.querySelector("[data-result]")?.value) set(unit, unit.options[1]?.value ?? "");
    });
  }));
}

const key = (row) => row.dataset.item.split(".")[1];
const plain = (text) => (text ?? "").trim().toLocaleLowerCase();
const same = (one, other) => plain(one) !== "" && plain(one) === plain(other);
const isNumber = (text) => /^[<>]?\s*-?\d+([.,]\d+)?$/.test(text ?? "");

function fill(row, [value, unit]) {
  const result = row.querySelector("[data-result]");
  if (!result || value === undefined) return;
  const sign = /^[<>]/.exec(value)?.[0];
  const qualifier = row.querySelector(".qual");
  if (sign && qualifier) set(qualifier, sign);
  set(result, value.replace(/^[<>]\s*/, ""));
  const units = row.querySelector("[data-unit]");
  const option = units && unit && [...units.options].find((one) => same(one.textContent, unit) || same(one.value, unit));
  if (option) set(units, option.value);
}

function set(box, value) {
  box.value = value;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}
