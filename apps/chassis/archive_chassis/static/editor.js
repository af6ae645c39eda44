// What writing gains with JavaScript: marks by button and key, pictures by button, paste and drop, drafts that save themselves, and
// a copy in this browser of what has not arrived. Only pages with form[data-editor] load it; each of them works without it.
//
//   form[data-editor="<member's id>"]        Ctrl or ⌘ and Enter sends it; what is typed in it is kept until it has arrived
//     [data-pictures="/news/images"]         where pictures go
//     [data-drafts]                          saved at the form's own address while it is written
//     [data-similar="/search/similar?…"]     what is like the title is shown below it
//   [data-editor-tools] [data-editor-status] [data-editor-kept] [data-editor-similar] [data-editor-files] [data-editor-progress]
//     its parts, all of them optional; every word that is shown stands in their markup

const root = document.documentElement;

const IDLE_MS = 4_000;
const LONGEST_MS = 20_000; // for whoever never stops typing
const SIMILAR_MS = 500;
const KEEPALIVE_BYTES = 60_000; // what browsers send after the page has gone is limited to 64 KB
const LARGEST_PICTURE = 10 * 1024 * 1024;
const PICTURES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const COPY = "archive.copy:";

// A browser may forbid it; then nothing is kept here, and drafts on the server are what remains.
const store = (() => {
  try {
    return localStorage;
  } catch {
    return null;
  }
})();
const kept = (key) => JSON.parse(store?.getItem(key) ?? "null");

const composes = (event) => event.isComposing || event.keyCode === 229;
const clock = (at) => new Date(at).toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

// Every change goes through the browser's own editing, so that Ctrl+Z takes it back.
function replace(area, start, end, text, from = start + text.length, to = from) {
  const elsewhere = document.activeElement !== area && document.activeElement.matches("input, textarea, select");
  if (!elsewhere) {
    area.focus();
    area.setSelectionRange(start, end);
  }
  if (elsewhere || !document.execCommand(text ? "insertText" : "delete", false, text)) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  area.setSelectionRange(from, to);
}

// Marks: around what is selected, or before each of its lines; pressed again they go.
const AROUND = { bold: ["**", "**"], italic: ["*", "*"], spoiler: ["||", "||"] };
const BEFORE = { heading: "## ", list: "- ", quote: "> " };
const KEYS = { b: "bold", i: "italic", k: "link" };

function mark(area, name) {
  if (name in AROUND) around(area, ...AROUND[name]);
  else if (name in BEFORE) before(area, BEFORE[name]);
  else link(area);
}

function around(area, open, close) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const inner = value.slice(start, end);
  const left = value.slice(0, start);
  const stars = left.length - left.replace(/\*+$/, "").length;
  const marked = left.endsWith(open) && value.startsWith(close, end) && (open !== "*" || stars !== 2); // **굵게** is not italic
  if (marked) replace(area, start - open.length, end + close.length, inner, start - open.length, end - open.length);
  else replace(area, start, end, open + inner + close, start + open.length, end + open.length);
}

function before(area, prefix) {
  const { selectionStart, selectionEnd, value } = area;
  const start = value.slice(0, selectionStart).lastIndexOf("\n") + 1;
  const end = (value + "\n").indexOf("\n", selectionEnd);
  const lines = value.slice(start, end).split("\n");
  const all = lines.every((line) => line.startsWith(prefix));
  const text = lines.map((line) => (all ? line.slice(prefix.length) : prefix + line)).join("\n");
  replace(area, start, end, text, lines.length > 1 ? start : start + text.length, start + text.length);
}

function link(area) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const inner = value.slice(start, end);
  const address = /^https?:\/\/\S+$/.test(inner);
  const text = address ? `[](${inner})` : `[${inner}](https://)`;
  replace(area, start, end, text, ...(address || !inner ? [start + 1] : [start + inner.length + 3, start + text.length - 1]));
}

// Copies in this browser, by member and form. One goes when the draft is saved, or (arrived.js) when the form has arrived.
function words(form) {
  const typed = [...form.elements].filter(({ name, type }) => name && !/^(hidden|file|submit|button)$/.test(type));
  return Object.fromEntries(typed.map((control) => [control.name, control.value]));
}

function keep(editor) {
  try {
    store?.setItem(editor.key, JSON.stringify({ at: Date.now(), words: words(editor.form) }));
  } catch {
    // The store is full.
  }
}

function offer(editor) {
  const box = editor.form.querySelector("[data-editor-kept]");
  const copy = kept(editor.key);
  const now = words(editor.form);
  if (!box || !copy || Object.entries(copy.words).every(([name, value]) => (now[name] ?? value) === value)) return;
  box.querySelector("time").textContent = new Date(copy.at).toLocaleString(root.lang, { dateStyle: "short", timeStyle: "short" });
  editor.form.prepend(box);
  box.hidden = false;
  box.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    box.hidden = true;
    if (button.matches("[data-restore]")) restore(editor.form, copy.words);
    else store.removeItem(editor.key);
    editor.area.focus();
  });
}

function restore(form, copied) {
  for (const [name, value] of Object.entries(copied)) {
    const control = form.elements[name];
    if (!control || control.value === value) continue;
    control.value = value;
    control.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}

// Drafts: some seconds after the last change, and when the page is left. Saves do not overtake each other.
function saveDrafts(editor) {
  const { form } = editor;
  let version = 0;
  let saved = 0;
  let timer;
  let since = 0;
  let running = Promise.resolve();

  async function post(leaving) {
    if (version === saved) return;
    const going = version;
    since = 0;
    const data = new FormData(form);
    data.delete("picture");
    data.set("save", "1");
    const size = [...data.values()].reduce((sum, value) => sum + 3 * value.length, 0);
    const headers = { Accept: "application/json", "X-CSRF-Token": data.get("csrf_token") };
    const keepalive = leaving && size < KEEPALIVE_BYTES;
    try {
      const response = await fetch(form.action, { method: "POST", body: data, headers, keepalive, redirect: "error" });
      if (!response.ok) throw response;
      saved = Math.max(saved, going);
      if (version === going) store?.removeItem(editor.key);
      editor.say("saved", clock(Date.now()));
    } catch (failure) {
      editor.say(failure.status === 401 || failure.status === 403 ? "ended" : "unsaved");
      timer = setTimeout(save, LONGEST_MS);
    }
  }

  function save() {
    clearTimeout(timer);
    running = running.then(() => post(false));
  }

  form.addEventListener("input", () => {
    version++;
    since ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(IDLE_MS, since + LONGEST_MS - Date.now())));
  });
  document.addEventListener("visibilitychange", () => document.hidden && post(true)); // there may be no later
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    saved = version; // a draft that came after its own post would stay
  });
}

// Pictures: one after the other, each where the cursor is when it has arrived and no syllable is being typed.
function takePictures(editor) {
  const { form, area } = editor;
  const input = form.querySelector("[data-editor-files]");
  const bar = form.querySelector("[data-editor-progress]");
  let composing = false;
  let running = Promise.resolve();

  const take = (files) => {
    for (const file of files) running = running.then(() => one(file));
  };

  async function one(file) {
    if (!PICTURES.includes(file.type)) return editor.say("kind");
    if (file.size > LARGEST_PICTURE) return editor.say("large");
    editor.say("uploading");
    bar.hidden = false;
    try {
      insert((await send(editor, file, bar)).url, await typed());
      editor.say("uploaded");
    } catch (problem) {
      editor.say("failed", problem?.errors?.picture ?? problem?.detail ?? "");
    }
    bar.hidden = true;
  }

  const typed = () => new Promise((done) => {
    if (composing) area.addEventListener("compositionend", () => setTimeout(done), { once: true });
    else done();
  });

  function insert(url) {
    const { selectionEnd: at, value } = area;
    const start = !at || value[at - 1] === "\n" ? "" : "\n";
    replace(area, at, at, `${start}![${editor.status.dataset.alt}](${url})\n`);
  }

  area.addEventListener("compositionstart", () => (composing = true));
  area.addEventListener("compositionend", () => (composing = false));
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  area.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return; // a copied table is a picture too, but meant as text
    event.preventDefault();
    take([...files]);
  });
  form.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    form.dataset.drop = "";
  });
  for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => delete form.dataset.drop);
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
}

// Not fetch(), which does not tell how far it is.
function send(editor, file, bar) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.set("picture", file);
    request.open("POST", editor.form.dataset.pictures);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRF-Token", editor.form.elements.csrf_token.value);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => (bar.value = loaded / total);
    request.onload = () => (request.status === 201 ? done : failed)(request.response);
    request.onerror = request.onabort = () => failed();
    request.send(data);
  });
}

// What has been asked before: looked up while the title is typed, and never in the middle of a syllable.
function showSimilar(form) {
  const box = form.querySelector("[data-editor-similar]");
  const title = form.elements.title;
  let timer;
  let newest = "";

  async function look() {
    const asked = title.value.trim();
    if (asked === newest) return;
    newest = asked;
    const response = asked.length < 2 ? null : await fetch(`${form.dataset.similar}&title=${encodeURIComponent(asked)}`).catch(() => null);
    const html = response?.ok ? await response.text() : "";
    if (newest === asked) box.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  }

  for (const name of ["input", "compositionend"]) {
    title.addEventListener(name, (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(look, SIMILAR_MS);
    });
  }
}

function edit(form) {
  const area = form.querySelector("textarea");
  const status = form.querySelector("[data-editor-status]");
  const tools = form.querySelector("[data-editor-tools]");
  const key = `${COPY}${form.dataset.editor}:${new URL(form.action).pathname}#${form.elements.parent?.value ?? ""}`;
  const say = (what, more = "") => {
    const text = what === "failed" && more ? more : status?.dataset[what]?.replace("{time}", more);
    if (!text || status.textContent === text) return;
    status.textContent = text;
    status.toggleAttribute("data-bad", !/^(saved|uploading|uploaded)$/.test(what));
  };
  const editor = { form, area, status, key, say };

  if (tools) {
    const foot = status.parentElement;
    const counter = area.parentElement.querySelector(".field__foot");
    area.before(tools);
    if (counter) counter.prepend(foot);
    else area.after(foot);
    tools.hidden = foot.hidden = false;
    tools.addEventListener("click", ({ target }) => {
      const name = target.closest("button")?.dataset.mark;
      if (name === "picture") form.querySelector("[data-editor-files]").click();
      else if (name) mark(area, name);
    });
  }
  form.addEventListener("keydown", (event) => {
    if (composes(event) || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const name = event.target === area && !event.shiftKey && KEYS[event.key.toLowerCase()];
    if (event.key !== "Enter" && !name) return;
    event.preventDefault();
    if (name) mark(area, name);
    else form.requestSubmit();
  });

  offer(editor);
  form.addEventListener("input", () => keep(editor));
  if (form.dataset.pictures && tools) takePictures(editor);
  if ("drafts" in form.dataset) saveDrafts(editor);
  if (form.dataset.similar) showSimilar(form);
  form.addEventListener("submit", () => {
    const copy = kept(key);
    if (copy) store.setItem(key, JSON.stringify({ ...copy, sent: true }));
  });
}

document.querySelectorAll("form[data-editor]").forEach(edit);
