// What the pages gain with JavaScript. Every page works without it; nothing here is needed to read or write.

const root = document.documentElement;
const korean = root.lang === "ko";

// Theme: the button turns it over; a choice that equals the system's is forgotten, so that the page follows the system again.
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const secure = location.protocol === "https:";
const themeCookie = secure ? "__Host-archive_theme" : "archive_theme";
const chosenTheme = () => document.cookie.match(`(?:^|; )${themeCookie}=([^;]*)`)?.[1];

function showTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
}

function toggleTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches;
  const chosen = dark ? "light" : "dark";
  const same = (chosen === "dark") === systemDark.matches;
  const lifetime = `Path=/; Max-Age=${same ? 0 : 31536000}; SameSite=Lax${secure ? "; Secure" : ""}`;
  document.cookie = `${themeCookie}=${same ? "" : chosen}; ${lifetime}`;
  showTheme(same ? "" : chosen);
}

// A page out of a shared cache may carry another reader's theme.
if ((chosenTheme() ?? "") !== (root.dataset.theme ?? "")) showTheme(chosenTheme());
for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  button.hidden = false;
  button.addEventListener("click", toggleTheme);
}

// Times: "3분 전" for the last week; older ones keep the date that the server wrote.
const relative = new Intl.RelativeTimeFormat(root.lang, { numeric: "auto", style: korean ? "long" : "short" });
const STEPS = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86400, 3600, "hour"],
  [604800, 86400, "day"],
];

function showTimes() {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.dataset.ago ||= time.textContent;
    const seconds = (now - Date.parse(time.dateTime)) / 1000;
    const step = STEPS.find(([limit]) => seconds < limit);
    const text = !step || seconds < -60 ? time.dataset.ago : seconds < 60 ? (korean ? "방금" : "just now")
      : relative.format(-Math.floor(seconds / step[1]), step[2]);
    if (time.textContent !== text) time.textContent = text;
    time.title ||= new Date(time.dateTime).toLocaleString(root.lang, { dateStyle: "long", timeStyle: "short" });
  }
}
showTimes();
setInterval(() => document.hidden || showTimes(), 60_000);

// Korean input: the Enter that ends a syllable must not send the form. Safari reports it after the composition, as key 229.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.isComposing || event.keyCode === 229) && event.target.matches?.("input")) event.preventDefault();
});

// Forms: sent once, and never left with unsaved words unasked.
const guarded = new Set();
let leaving = false;

document.addEventListener("input", ({ target }) => {
  const form = target.form?.closest("[data-guard]");
  if (form) guarded.add(form);
  if (target.matches("[data-autosize]")) grow(target);
  count(target);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  leaving = true;
  guarded.delete(form);
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
  setTimeout(release, 10_000, form); // a download answers without leaving the page
});

function release(form) {
  leaving = false;
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

// A page that the browser kept for the back button: its forms can be sent again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

addEventListener("beforeunload", (event) => {
  if (guarded.size && !leaving) event.preventDefault();
});

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

function count(control) {
  const counter = control.id && document.querySelector(`[data-counter-for="${CSS.escape(control.id)}"]`);
  if (!counter || !(control.maxLength > 0)) return;
  const used = [...control.value].length;
  counter.textContent = `${used.toLocaleString()} / ${control.maxLength.toLocaleString()}`;
  counter.toggleAttribute("data-over", used >= control.maxLength);
}

document.querySelectorAll("[data-autosize]").forEach(grow);
for (const counter of document.querySelectorAll("[data-counter-for]")) {
  const control = document.getElementById(counter.dataset.counterFor);
  if (control) count(control);
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    input.focus();
  });
}

// Focus: a refused form begins at its summary; menus close by Escape or a click elsewhere; spoilers open by click or Enter.
document.querySelector("[data-focus]")?.focus();

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(target)) menu.open = false;
  target.closest?.(".spoiler")?.classList.add("is-open");
});

document.addEventListener("keydown", ({ key, target }) => {
  const menu = key === "Escape" && document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (key === "Enter" && target.matches?.(".spoiler")) target.classList.add("is-open");
});

for (const spoiler of document.querySelectorAll(".spoiler")) spoiler.tabIndex = 0;

// What scrolls sideways must be reachable by keyboard.
for (const box of document.querySelectorAll(".prose :is(pre, table), .table-scroll")) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}
