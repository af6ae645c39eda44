// What editor.js keeps in this browser of a form that was sent goes once a page says that it has arrived; whatever else it keeps goes
// after two weeks. On members' pages, since any of them may be the one that follows a form.

const COPY = "archive.copy:";
const KEPT_MS = 14 * 86_400_000;

const arrived = document.querySelector(".messages .alert--success, .messages .alert--info");

for (const key of Object.keys(localStorage).filter((name) => name.startsWith(COPY))) {
  const { at, sent } = JSON.parse(localStorage.getItem(key));
  if ((sent && arrived) || Date.now() - at > KEPT_MS) localStorage.removeItem(key);
}
