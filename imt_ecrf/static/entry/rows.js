// Rows that are added one by one: the offered row at the end becomes another one as soon as it is used.
export function rows({ form, words }) {
  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-offered]");
    if (!row || row.classList.contains("used") || !event.target.value) return;
    row.classList.add("used");
    const numbers = [...row.parentElement.querySelectorAll("[data-path]")].map((one) => Number(one.dataset.path.split(".")[1]));
    const mine = Number(row.querySelector("[data-path]").dataset.path.split(".")[1]);
    if (mine !== Math.max(...numbers)) return;
    row.after(offer(row, mine, mine + 1));
  });
  form.querySelectorAll("[data-strike]").forEach((button) => button.addEventListener("click", (event) => {
    const why = window.prompt(words.strike);
    const target = document.getElementById("strike");
    if (!why) { event.preventDefault(); return; }
    target.elements.reason.value = why;
    const group = document.createElement("input");
    Object.assign(group, { type: "hidden", name: "group", value: button.dataset.strike });
    target.append(group);
  }));
}

function offer(row, from, to) {
  const copy = row.cloneNode(true);
  copy.classList.remove("used");
  copy.querySelectorAll(".more, .echo").forEach((one) => one.remove());
  const group = row.querySelector("[data-path]").dataset.path.split(".")[0];
  const renumber = (text) => text.replaceAll(`${group}.${from}.`, `${group}.${to}.`);
  copy.querySelectorAll("*").forEach((one) => {
    for (const attribute of [...one.attributes]) {
      if (attribute.value.includes(`${group}.${from}.`)) one.setAttribute(attribute.name, renumber(attribute.value));
    }
    if (one.matches("input[type=radio], input[type=checkbox]")) one.checked = false;
    else if (one.matches("input:not([type=hidden]), select, textarea")) one.value = "";
    if (one.matches("[data-derived]")) one.textContent = "–";
  });
  copy.querySelectorAll("th[scope=row], legend").forEach((one) => { one.firstChild.textContent = one.firstChild.textContent.replace(String(from), String(to)); });
  return copy;
}
