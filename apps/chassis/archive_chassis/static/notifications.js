// The number on the bell: asked for when a member opens a page, and when they look at it again, at most once a minute.
// Without this script, or while home does not answer, the bell is the plain link that it is.

const bell = document.querySelector("[data-unread]");
const KEPT = "archive.unread";
const PAUSE_MS = 60_000;
let asked = -PAUSE_MS;

async function ask() {
  if (document.hidden || performance.now() - asked < PAUSE_MS) return;
  asked = performance.now();
  try {
    const answer = await fetch(bell.dataset.unread, { headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.ok) show((await answer.json()).unread);
  } catch {
    // No network, or home is away.
  }
}

function show(unread) {
  const text = unread < 100 ? String(unread) : "99+";
  const count = bell.querySelector("[data-count]");
  count.textContent = text;
  count.hidden = !unread;
  const said = unread ? bell.dataset.label.replace("{count}", text) : bell.dataset.name;
  bell.setAttribute("aria-label", said);
  // Said aloud only when there are more than a page has shown before: not anew on every page.
  const before = localStorage.getItem(KEPT);
  if (before !== null && unread > Number(before)) document.querySelector("[data-unread-status]").textContent = said;
  localStorage.setItem(KEPT, String(unread));
}

if (bell) {
  ask();
  document.addEventListener("visibilitychange", ask);
  addEventListener("focus", ask);
}
