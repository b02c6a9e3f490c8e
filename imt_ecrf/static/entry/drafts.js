// What is typed is kept for its author on leaving an answer or after 3 s of rest; a draft is not a datum.
const REST = 3000;

export function drafts(page) {
  const { form, words } = page;
  const line = document.getElementById("kept");
  let timer = 0;
  let typed = false;
  const soon = (wait) => { typed = true; clearTimeout(timer); timer = setTimeout(keep, wait); };
  form.addEventListener("input", () => soon(REST));
  form.addEventListener("change", () => soon(400));
  window.addEventListener("online", keep);
  document.addEventListener("visibilitychange", () => { if (document.hidden && typed && !page.leaving) beacon(); });
  page.offline = trouble;

  async function keep() {
    if (!typed || page.leaving) return;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) throw new Error(String(answer.status));
      const { kept } = await answer.json();
      say(words.kept.replace("{}", kept), false);
    } catch {
      trouble();
    }
  }

  function beacon() {
    navigator.sendBeacon(form.dataset.draft, new FormData(form));
  }

  function trouble() {
    say(words.offline.replace("{}", new Date().toISOString().slice(11, 19) + " UTC"), true);
    clearTimeout(timer);
    timer = setTimeout(keep, 5000);
  }

  function say(text, bad) {
    if (!line) return;
    line.hidden = false;
    line.textContent = text;
    line.classList.toggle("trouble", bad);
  }
}
