// What is typed is kept for its author on leaving an answer or after 3 s of rest; a draft is not a datum.
const REST = 3000;

export function drafts(page) {
  const { form, words, signal } = page;
  const line = page.root.querySelector("#kept");
  let timer = 0;
  let typed = false;
  const soon = (wait) => { typed = true; clearTimeout(timer); timer = setTimeout(keep, wait); };
  form.addEventListener("input", () => soon(REST));
  form.addEventListener("change", () => soon(400));
  window.addEventListener("online", keep, { signal });
  signal.addEventListener("abort", () => { if (typed && !page.leaving) beacon(); clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && typed && !page.leaving) beacon(); }, { signal });
  page.offline = () => trouble();

  async function keep() {
    if (!typed || page.leaving) return;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (answer.status === 401) { trouble(words.signedOut); return; }
      if (answer.status === 400 && await renew()) { timer = setTimeout(keep, 100); return; }
      if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) throw new Error(String(answer.status));
      say((await answer.json()).text, false);
    } catch {
      trouble();
    }
  }

  function beacon() {
    navigator.sendBeacon(form.dataset.draft, new FormData(form));
  }

  // whoever signed in again in another window has a new token: this page takes it over
  async function renew() {
    const answer = await fetch(form.action);
    if (!answer.ok || answer.redirected) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form[data-entry] [name=csrf_token]");
    if (!fresh || fresh.value === form.elements.csrf_token.value) return false;
    document.querySelectorAll("[name=csrf_token]").forEach((one) => { one.value = fresh.value; });
    return true;
  }

  function trouble(text) {
    say(text ?? words.offline.replace("{}", new Date().toISOString().slice(11, 19) + " UTC"), true);
    clearTimeout(timer);
    timer = setTimeout(keep, 5000);
  }

  function say(text, bad) {
    if (!line) return;
    line.hidden = !text;
    line.textContent = text;
    line.classList.toggle("trouble", bad);
  }
}
