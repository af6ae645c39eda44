// Keys for those who would rather not reach for the mouse. They can be turned off in the dialog that `?` opens, and are silent while
// somebody types, composes a syllable, or holds a key that means something to the browser.

const KEPT = "archive.shortcuts";
const ROWS = "main .post-row__title, main .post-card__title a, main .comment[id]";
// On a Korean keyboard the key of J gives ㅓ: then it is the place of the key that counts.
const PLACES = { KeyJ: "j", KeyK: "k", KeyC: "c", KeyG: "g", KeyH: "h", Slash: "/" };
const AFTER_G_MS = 1_500;

const dialog = document.getElementById("shortcuts");
const choice = dialog.querySelector("input");
let row = -1;
let afterG = 0;

const on = () => choice.checked;
const shown = (element) => element.checkVisibility?.() ?? true;

function step(by) {
  const rows = [...document.querySelectorAll(ROWS)].filter(shown);
  const focused = rows.indexOf(document.activeElement);
  const from = focused < 0 ? row : focused;
  row = Math.max(0, Math.min(rows.length - 1, from + by));
  if (!rows.length) return;
  if (!rows[row].href) rows[row].tabIndex = -1;
  rows[row].focus({ focusVisible: true });
  rows[row].scrollIntoView({ block: "nearest" });
}

function go(selector) {
  const target = [...document.querySelectorAll(selector)].find(shown);
  if (target?.matches("input, textarea")) target.focus();
  else target?.click();
  return Boolean(target);
}

const DO = {
  j: () => step(1),
  k: () => step(-1),
  c: () => go("main a[href*='/write'], main textarea"),
  h: () => Date.now() - afterG < AFTER_G_MS && go(".wordmark"),
  g: () => (afterG = Date.now()),
  "/": () => go("input[type=search]") || go(".site-search__link"),
  "?": () => dialog.showModal(),
};

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (event.key === "Escape" && target.matches("[type=search]")) return target.blur();
  if (!on() || target.closest("input, textarea, select, [contenteditable]")) return;
  const place = PLACES[event.code];
  const key = /^[a-z/?]$/i.test(event.key) ? event.key.toLowerCase() : event.shiftKey && place === "/" ? "?" : place;
  if (!DO[key] || (event.shiftKey && key !== "?")) return;
  if (DO[key]() !== false) event.preventDefault();
});

for (const button of document.querySelectorAll("[data-shortcuts]")) {
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
}
choice.addEventListener("change", () => localStorage.setItem(KEPT, choice.checked ? "on" : "off"));
choice.checked = localStorage.getItem(KEPT) !== "off";
