// The page: connects the conversation, the view and the server.

import * as api from "./api.js";
import {fitting, fromJson, storage, toJson, toMessages} from "./conversation.js";
import {blobOf, readPicture} from "./pictures.js";
import {transcript} from "./transcript.js";
import {element, spokenTurn, turnView} from "./view.js";

const $ = id => document.getElementById(id);
const SETTINGS = ["policy", "pictures", "steps", "guidance", "seed", "temperature", "max_tokens", "previews", "theme"];

let model = {id: "", gill: {capabilities: {}, defaults: {}, limits: {}}};
let turns = [];
let attachments = []; // data URLs of the message that is being written
let editing = null; // index of the user's turn that is being edited
let running = null; // AbortController of the current reply
let keyMissing = false; // the server refused the last request for its key

// ---- showing ------------------------------------------------------------------------------------------------------

function show() {
  $("log").replaceChildren(...turns.map((turn, i) => {
    const user = turn.role === "user";
    const again = i === turns.length - 1 && !running ? {"Try again": () => retry(user ? i + 1 : i)} : {};
    const view = turnView(turn, user ? {Edit: () => edit(i), ...again} : again);
    view.update();
    return view.node;
  }));
  showState();
  scroll();
}

function showState() {
  $("empty").hidden = turns.length > 0;
  const busy = running !== null;
  $("send").hidden = busy;
  $("send").disabled = !model.id && !keyMissing; // it is still being loaded
  $("stop").hidden = !busy;
  for (const id of ["new", "undo", "save", "export"]) $(id).disabled = busy || turns.length === 0;
  $("load").disabled = busy;
  $("editing").hidden = editing === null;
}

function scroll() {
  const main = document.querySelector("main");
  main.scrollTop = main.scrollHeight;
}

function nearEnd() {
  const main = document.querySelector("main");
  return main.scrollHeight - main.scrollTop - main.clientHeight < 120;
}

function say(text) {
  $("status").textContent = text;
}

function fail(error) {
  $("error").textContent = error?.message ?? String(error);
  checkKey(error);
}

function showAttachments() {
  $("attachments").replaceChildren(...attachments.map((url, i) => element("li", {},
    element("img", {src: url, alt: `Picture ${i + 1} of your message`}),
    element("button", {type: "button", text: "×", "aria-label": `Remove picture ${i + 1}`, onclick: () => {
      attachments.splice(i, 1);
      showAttachments();
    }}))));
}

// ---- talking ------------------------------------------------------------------------------------------------------

function settings() {
  const values = Object.fromEntries(SETTINGS.map(name => [name, $("settings").elements[name].value]));
  const number = name => values[name] === "" ? undefined : Number(values[name]);
  return {
    seed: number("seed"), temperature: number("temperature"), max_tokens: number("max_tokens"),
    gill: {
      policy: values.policy || undefined, pictures: number("pictures"), steps: number("steps"),
      guidance: number("guidance"), candidates: true, previews: number("previews"),
    },
  };
}

function showSettings(shown) {
  $("settings").hidden = !shown;
  $("open-settings").setAttribute("aria-expanded", String(shown));
}

/** Returns whether all settings are valid. Shows the first that is not: a browser reports none of a hidden form. */
function checkSettings() {
  if ($("settings").checkValidity()) return true;
  showSettings(true);
  return $("settings").reportValidity();
}

async function send() {
  if (keyMissing) {
    askForKey();
    return;
  }
  const text = $("text").value.trim();
  if (running || !model.id || (!text && attachments.length === 0) || !checkSettings()) return;
  if (editing !== null) turns.length = editing;
  editing = null;
  const parts = attachments.map(image => ({image}));
  if (text) parts.push({text});
  turns.push({role: "user", parts});
  attachments = [];
  $("text").value = "";
  grow();
  showAttachments();
  await reply();
}

async function reply() {
  running = new AbortController();
  $("error").textContent = "";
  $("spoken").textContent = "";
  say("The model is reading…");
  show();
  const asked = [...turns];
  const turn = {role: "assistant", parts: []};
  turns.push(turn);
  const view = turnView(turn, {});
  $("log").append(view.node);
  view.busy(true);
  scroll();
  let ended = false;
  let status;
  try {
    await storage.keep(asked); // a reload during the reply loses nothing that the user wrote
    const sent = await fitting(asked, model.gill.limits);
    const left = asked.length - sent.length;
    const messages = toMessages(sent);
    status = left === 0 ? "The reply is complete."
      : `The reply is complete. The model did not read the ${left} oldest messages: they no longer fit into a request.`;
    for await (const chunk of api.chat({model: model.id, messages, ...settings()}, running.signal)) {
      const follow = nearEnd();
      take(chunk.choices[0], turn, view);
      ended ||= Boolean(chunk.choices[0]?.finish_reason);
      if (follow) scroll();
    }
  } catch (e) {
    if (e.name === "AbortError") {
      turn.note = "stopped";
      status = "The reply was stopped.";
    } else {
      turn.failure = e.message;
      fail({message: "The reply failed.", status: e.status});
      status = "";
    }
  } finally {
    running = null;
    if (!ended) delete turn.tokens;
    if (turn.parts.length === 0 && !turn.note && !turn.failure) turn.note = "(nothing)";
    await storage.keep(turns);
    show();
    say(status); // last: what it says is kept and shown
    $("spoken").textContent = spokenTurn(turn);
    $("text").focus();
  }
}

/** Adds one chunk of the stream to the turn. */
function take(choice, turn, view) {
  if (!choice) return;
  const {delta = {}, gill = {}} = choice;
  if (delta.content) {
    const last = turn.parts.at(-1);
    if (last?.text !== undefined) last.text += delta.content;
    else turn.parts.push({text: delta.content});
    say("The model is writing…");
  }
  for (const image of delta.images ?? []) {
    turn.parts.push({image: image.image_url.url, ...image.gill});
    view.progress(null);
  }
  if (gill.wanted) {
    view.progress(gill.wanted);
    say(`The model is ${gill.wanted.action === "retrieve" ? "retrieving" : "generating"} a picture…`);
  }
  if (gill.progress) view.progress(gill.progress);
  if (choice.finish_reason) {
    turn.tokens = gill.tokens;
    for (const part of turn.parts) {
      if (part.origin === "generated") part.seed = gill.seed;
    }
    turn.note = [...(gill.problems ?? []), {
      max_tokens: "The reply reached the maximum of tokens.",
      context_full: "The conversation is full: start a new one.",
      timed_out: "The reply's time ran out.",
    }[gill.finish] ?? ""].filter(Boolean).join(" ");
    view.progress(null);
  }
  view.update();
}

function stop() {
  running?.abort();
}

function edit(i) {
  if (running) return;
  editing = i;
  attachments = turns[i].parts.filter(part => part.image).map(part => part.image);
  $("text").value = turns[i].parts.filter(part => part.text !== undefined).map(part => part.text).join("\n");
  showAttachments();
  showState();
  grow();
  $("text").focus();
}

function cancelEdit() {
  editing = null;
  attachments = [];
  $("text").value = "";
  showAttachments();
  showState();
  grow();
  $("text").focus();
}

async function retry(i) {
  if (running || !model.id || !checkSettings()) return;
  turns.length = i;
  await reply();
}

async function undo() {
  if (running) return;
  while (turns.length > 0 && turns.pop().role !== "user");
  editing = null;
  $("error").textContent = "";
  await storage.keep(turns);
  show();
  say("The last message and its reply are gone.");
}

async function startNew() {
  if (running) return;
  turns = [];
  editing = null;
  $("error").textContent = "";
  await storage.keep(turns);
  show();
  say("New conversation.");
  $("text").focus();
}

// ---- pictures -----------------------------------------------------------------------------------------------------

/** Returns whether the model reads pictures, as far as that is known. */
function readsPictures() {
  return !model.id || model.gill.capabilities.reads;
}

async function addPictures(files) {
  if (!readsPictures()) {
    fail(new Error("This model does not read pictures."));
    return;
  }
  for (const file of files) {
    try {
      attachments.push(await readPicture(file));
    } catch (e) {
      fail(e);
    }
  }
  showAttachments();
}

// ---- search -------------------------------------------------------------------------------------------------------

async function search(body) {
  $("search-status").textContent = "Searching…";
  $("results").replaceChildren();
  try {
    const found = await api.search({model: model.id, ...body});
    $("search-status").textContent = found.length === 1 ? "1 picture" : `${found.length} pictures`;
    $("results").replaceChildren(...found.map(hit => {
      const item = element("figure", {}, element("img", {src: hit.image, alt: hit.source}),
        element("figcaption", {text: `${hit.source} · match ${hit.score.toFixed(3)}`}));
      const use = async () => {
        await addPictures([blobOf(hit.image)]);
        $("search").close();
        $("text").focus();
      };
      if (readsPictures()) item.append(element("button", {type: "button", text: "Use in message", onclick: use}));
      return element("li", {}, item);
    }));
  } catch (e) {
    $("search-status").textContent = e.message;
    checkKey(e);
  }
}

// ---- files --------------------------------------------------------------------------------------------------------

function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  element("a", {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function load(file) {
  try {
    turns = fromJson(await file.text());
    editing = null;
    $("error").textContent = "";
    await storage.keep(turns);
    show();
    say("The conversation is loaded.");
  } catch (e) {
    fail(e);
  }
}

// ---- start --------------------------------------------------------------------------------------------------------

function grow() {
  const box = $("text");
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

function theme() {
  const value = $("settings").elements.theme.value;
  if (value) document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
}

function checkKey(error) {
  if (error?.status !== 401) return;
  keyMissing = true;
  showState();
  askForKey();
}

function askForKey() {
  if (!$("key-dialog").open) $("key-dialog").showModal();
}

function keepSettings() {
  const values = Object.fromEntries(SETTINGS.map(name => [name, $("settings").elements[name].value]));
  localStorage.setItem("gill-settings", JSON.stringify(values));
  theme();
}

function restoreSettings() {
  try {
    const values = JSON.parse(localStorage.getItem("gill-settings") ?? "{}");
    for (const name of SETTINGS) {
      if (typeof values[name] === "string") $("settings").elements[name].value = values[name];
    }
  } catch { /* keep the defaults */ }
  theme();
}

function useModel(described) {
  model = described;
  const {capabilities, defaults, limits} = model.gill;
  $("model").textContent = model.id;
  const fields = $("settings").elements;
  fields.steps.max = limits.steps;
  fields.pictures.max = limits.pictures;
  fields.max_tokens.max = limits.max_tokens;
  for (const name of ["pictures", "steps", "guidance", "max_tokens"]) fields[name].placeholder = defaults[name];
  for (const option of fields.policy.options) {
    option.disabled = (option.value === "retrieve" && !capabilities.retrieves)
      || (option.value === "generate" && !capabilities.generates)
      || (option.value === "both" && !(capabilities.retrieves && capabilities.generates));
  }
  $("open-search").hidden = !capabilities.retrieves;
  $("attach").hidden = !capabilities.reads;
  $("search-picture").hidden = !capabilities.reads;
  showState();
  say(capabilities.notes.join(" · "));
}

async function connect() {
  try {
    const described = await api.model(say);
    keyMissing = false;
    useModel(described);
  } catch (e) {
    fail(e);
  }
}

$("composer").addEventListener("submit", event => {
  event.preventDefault();
  send();
});
$("text").addEventListener("input", grow);
$("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && running && !document.querySelector("dialog[open]")) stop();
});
$("stop").addEventListener("click", stop);
$("new").addEventListener("click", startNew);
$("undo").addEventListener("click", undo);
$("cancel-edit").addEventListener("click", cancelEdit);
$("save").addEventListener("click", () => download("conversation.json", "application/json", toJson(turns)));
$("export").addEventListener("click", () => download("conversation.html", "text/html", transcript(turns, model.id)));
$("load").addEventListener("click", () => $("conversation-file").click());
$("conversation-file").addEventListener("change", event => {
  if (event.target.files[0]) load(event.target.files[0]);
  event.target.value = "";
});
$("attach").addEventListener("click", () => $("picture-file").click());
$("picture-file").addEventListener("change", async event => {
  await addPictures([...event.target.files]);
  event.target.value = "";
});
document.addEventListener("paste", event => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length > 0) {
    event.preventDefault();
    addPictures(files);
  }
});
/** Returns whether text is dragged into a field, which the browser itself inserts. */
function isTextForField(event) {
  return !event.dataTransfer?.types.includes("Files") && event.target.closest?.("input, textarea");
}

document.addEventListener("dragover", event => {
  if (isTextForField(event)) return;
  event.preventDefault();
  $("composer").classList.toggle("drop", Boolean(event.dataTransfer?.types.includes("Files")));
});
document.addEventListener("dragleave", () => $("composer").classList.remove("drop"));
document.addEventListener("drop", event => {
  $("composer").classList.remove("drop");
  if (isTextForField(event)) return;
  event.preventDefault();
  const files = [...(event.dataTransfer?.files ?? [])];
  if (files.length > 0) addPictures(files);
});
$("open-settings").addEventListener("click", () => showSettings($("settings").hidden));
$("settings").addEventListener("change", keepSettings);
$("settings").addEventListener("submit", event => event.preventDefault());
$("open-search").addEventListener("click", () => {
  $("search").showModal();
  $("query").focus();
});
$("search-form").addEventListener("submit", event => {
  event.preventDefault();
  if ($("query").value.trim()) search({query: $("query").value.trim()});
});
$("search-picture").addEventListener("click", () => $("query-file").click());
$("query-file").addEventListener("change", async event => {
  const file = event.target.files[0];
  event.target.value = "";
  if (!file) return;
  try {
    await search({image: await readPicture(file)});
  } catch (e) {
    $("search-status").textContent = e.message;
  }
});
$("key-form").addEventListener("submit", () => {
  api.useKey($("key").value);
  $("error").textContent = "";
  connect();
});

restoreSettings();
turns = await storage.restore();
show();
connect();
