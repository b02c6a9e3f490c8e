// The history of an answer beside the form, in one action; without this it opens as a page.
export function history({ root, signal }) {
  const place = root.querySelector("#history-here");
  root.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-history]");
    if (!link || event.ctrlKey || event.metaKey || !place) return;
    event.preventDefault();
    const answer = await fetch(`${link.href}&part=1`);
    if (!answer.ok) { window.location.assign(link.href); return; }
    place.hidden = false;
    place.querySelector("h2").textContent = link.textContent.trim();
    place.querySelector("div").innerHTML = await answer.text();
    place.scrollIntoView({ block: "nearest" });
  }, { signal });
}
