// The conversation, as a list of turns:
//   {role: "user", parts: [{text} | {image}]}
//   {role: "assistant", parts: [{text} | {image, ...facts}], tokens, note, failure}

import {pixelsOf} from "./pictures.js";

const IMAGE = /^data:image\/(png|jpeg|gif|webp|bmp);base64,[A-Za-z0-9+/]+=*$/;
const VERSION = 1;

/** Room in a request's body for everything but the messages. */
const OTHER_BYTES = 4096;

/** Returns the messages of a request. What the model said goes back as its own tokens. */
export function toMessages(turns) {
  return turns.filter(turn => turn.parts.length > 0).map(turn => {
    if (turn.role === "assistant") {
      const message = {role: "assistant", content: turn.parts.map(part => part.text ?? "").join("")};
      if (turn.tokens?.length) message.gill = {tokens: turn.tokens};
      return message;
    }
    return {
      role: "user",
      content: turn.parts.map(part => part.image
        ? {type: "image_url", image_url: {url: part.image}} : {type: "text", text: part.text}),
    };
  }).filter(message => message.role === "user" || message.content || message.gill);
}

/**
 * Leaves out the oldest turns until the rest fits into the server's limits of a request. The rest begins with a message
 * of the user; the last one stays in any case.
 */
export async function fitting(turns, limits) {
  const sizes = [];
  for (const turn of turns) {
    let pixels = 0;
    if (turn.role === "user") {
      for (const part of turn.parts) pixels += await pixelsOf(part);
    }
    const messages = toMessages([turn]);
    sizes.push({pixels, messages: messages.length, bytes: new Blob([JSON.stringify(messages)]).size});
  }
  const total = name => sizes.reduce((sum, size) => sum + size[name], 0);
  const fits = () => total("pixels") <= limits.pixels && total("messages") <= limits.messages
    && total("bytes") + OTHER_BYTES <= limits.body_bytes;
  while (!fits()) {
    const next = turns.findIndex((turn, i) => i > turns.length - sizes.length && turn.role === "user");
    if (next < 0) break;
    sizes.splice(0, next - (turns.length - sizes.length));
  }
  return turns.slice(turns.length - sizes.length);
}

export function toJson(turns) {
  return JSON.stringify({format: "gill-conversation", version: VERSION, turns}, null, 1);
}

/** Reads a saved conversation. Keeps only known fields of the right type, since the file may come from anywhere. */
export function fromJson(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error("The file is not JSON.");
  }
  if (data?.format !== "gill-conversation" || data.version !== VERSION || !Array.isArray(data.turns)) {
    throw new Error("The file is not a conversation that this page saved.");
  }
  return data.turns.map((turn, i) => {
    if ((turn?.role !== "user" && turn?.role !== "assistant") || !Array.isArray(turn.parts)) {
      throw new Error(`Turn ${i + 1} of the file is damaged.`);
    }
    const clean = {role: turn.role, parts: turn.parts.map(part => cleanPart(part, i))};
    if (Array.isArray(turn.tokens) && turn.tokens.every(Number.isInteger)) clean.tokens = turn.tokens;
    for (const name of ["note", "failure"]) {
      if (typeof turn[name] === "string") clean[name] = turn[name];
    }
    return clean;
  });
}

function cleanPart(part, i) {
  if (typeof part?.text === "string") return {text: part.text};
  if (typeof part?.image !== "string" || !IMAGE.test(part.image)) {
    throw new Error(`Turn ${i + 1} of the file has a damaged picture.`);
  }
  const clean = {image: part.image};
  for (const [name, type] of Object.entries({origin: "string", source: "string", score: "number", chosen: "boolean",
    seed: "number"})) {
    if (typeof part[name] === type) clean[name] = part[name];
  }
  if (part.decision && typeof part.decision === "object") {
    clean.decision = {};
    for (const [name, type] of Object.entries({action: "string", generate: "number", retrieve: "number"})) {
      if (typeof part.decision[name] === type) clean.decision[name] = part.decision[name];
    }
  }
  return clean;
}

/** Conversations of this many tabs are kept. */
const TABS = 16;

/** Claims a key for as long as the page lives. A duplicated tab begins with the other's key, which it cannot claim. */
async function claim(key) {
  return !navigator.locks || new Promise(done => navigator.locks.request(key, {ifAvailable: true}, lock => {
    done(lock !== null);
    return lock && new Promise(() => {});
  }).catch(() => done(true)));
}

/**
 * The key of this tab's conversation, and that of the one to begin with. The keys are in the order in which the tabs
 * were opened.
 */
const tab = (async () => {
  const before = sessionStorage.getItem("gill-tab");
  if (before && await claim(before)) {
    return {key: before, first: before};
  }
  const key = `tab-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  sessionStorage.setItem("gill-tab", key);
  await claim(key);
  return {key, first: before ?? key};
})();

/**
 * Keeps the conversation of each tab in the browser through a reload. A new tab begins with the one that was kept last.
 * Pictures are too large for localStorage.
 */
export const storage = {
  async open() {
    return new Promise((done, fail) => {
      const opening = indexedDB.open("gill", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("conversations");
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => fail(opening.error);
    });
  },
  async run(mode, action) {
    const database = await this.open();
    try {
      return await new Promise((done, fail) => {
        const request = action(database.transaction("conversations", mode).objectStore("conversations"));
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
      });
    } finally {
      database.close();
    }
  },
  async keep(turns) {
    try {
      const {key} = await tab;
      await this.run("readwrite", store => {
        const json = toJson(turns);
        store.put(json, "current");
        store.put(json, key);
        const keys = store.getAllKeys();
        keys.addEventListener("success", () => keys.result.filter(one => one !== "current").slice(0, -TABS)
          .forEach(one => store.delete(one)));
        return keys;
      });
    } catch { /* the browser keeps nothing, for example in a private window */ }
  },
  async restore() {
    try {
      const {key, first} = await tab;
      const text = await this.run("readonly", store => store.get(first))
        ?? await this.run("readonly", store => store.get("current"));
      if (text && key !== first) {
        await this.run("readwrite", store => store.put(text, key));
      }
      return text ? fromJson(text) : [];
    } catch {
      return [];
    }
  },
};
