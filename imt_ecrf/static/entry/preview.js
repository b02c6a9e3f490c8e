// What the server makes of the answers while typing: asked 300 ms after the last change; nothing is stored.
import { show } from "./picture.js";

const REST = 300;

export function preview(page) {
  const { form } = page;
  let timer = 0;
  let running = null;
  form.addEventListener("change", (event) => {
    if (event.target.form !== form) return;
    running?.abort(); // it would answer for what stood there before
    clearTimeout(timer);
    timer = setTimeout(ask, REST);
  });

  async function ask() {
    running = new AbortController();
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), signal: running.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const picture = await answer.json();
      page.told?.(picture);
      show(form, picture);
    } catch (fault) {
      if (fault.name !== "AbortError") page.offline?.();
    }
  }
}
