// Keeps a member logged in while a page is open: a fresh access token shortly before the old one ends, asked for by one tab on
// behalf of all. Without this script the server's own detour over /auth/refresh does the same on the next page.

const root = document.documentElement;
const EARLY_MS = 90_000;
const LIFETIME_MS = 15 * 60_000;
const KEPT = "archive.session-expires";
let timer;

// The page's own word, or what a tab has noted by this machine's clock (which may be wrong, and then the page's word is).
const expires = () => Math.max(Date.parse(root.dataset.sessionExpires), Number(localStorage.getItem(KEPT)));

async function refresh() {
  await navigator.locks.request("archive-refresh", async () => {
    if (expires() - Date.now() > EARLY_MS) return; // another tab was here first
    const response = await fetch(root.dataset.refresh, {
      method: "POST",
      redirect: "error",
      headers: { Accept: "application/json", "X-CSRF-Token": document.querySelector("[name=csrf_token]").value },
    });
    if (!response.ok) throw new Error(`${root.dataset.refresh} answered ${response.status}`);
    localStorage.setItem(KEPT, String(Date.now() + LIFETIME_MS));
  });
}

function watch() {
  clearTimeout(timer);
  timer = setTimeout(renew, Math.max(expires() - EARLY_MS - Date.now(), 0));
}

async function renew() {
  if (document.hidden) return; // when the tab is looked at again, watch() begins anew
  try {
    await refresh();
    watch();
  } catch {
    // Logged out elsewhere, or no network: nothing typed here is lost, and the next request sorts it out.
  }
}

if (navigator.locks) {
  watch();
  document.addEventListener("visibilitychange", () => document.hidden || watch());
}
