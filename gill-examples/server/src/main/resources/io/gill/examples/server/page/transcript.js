// The conversation as one HTML file that needs no network and no script.

import {pictureFacts, pictureName} from "./view.js";

const escapes = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"};
const escape = text => String(text).replace(/[&<>"']/g, c => escapes[c]);

const STYLE = `
:root { --page: #fff; --text: #1b1b1f; --faint: #5c5f66; --user: #e6effc; --model: #f3f3f5; --line: #c9cbd1 }
@media (prefers-color-scheme: dark) {
  :root { --page: #131316; --text: #e6e6ea; --faint: #a0a3ab; --user: #1d3354; --model: #222227; --line: #4a4b53 }
}
body { margin: 0 auto; max-width: 46rem; padding: 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif }
section { margin: .75rem 0; padding: .5rem 1rem; border-radius: .75rem; overflow-wrap: anywhere }
.user { background: var(--user); margin-left: 12% }
.assistant { background: var(--model); margin-right: 12% }
h1 { font-size: 1.2rem } h2 { margin: 0; font-size: .8rem; color: var(--faint) }
p { margin: .35rem 0; white-space: pre-wrap; unicode-bidi: isolate }
figure { margin: .6rem 0 }
.other { display: inline-block; vertical-align: top; width: 9rem; margin-right: .75rem }
img { display: block; max-width: 100%; min-width: 6rem; border-radius: .4rem; border: 1px solid var(--line);
  background: var(--page) }
figcaption, .note { font-size: .8rem; color: var(--faint) }
`;

function partHtml(part) {
  if (!part.image) return `<p dir="auto">${escape(part.text)}</p>\n`;
  const name = part.chosen === false ? `${pictureName(part)}, not chosen` : pictureName(part);
  return `<figure${part.chosen === false ? ' class="other"' : ""}><img alt="${escape(pictureName(part))}" src="${
    escape(part.image)}"><figcaption>${escape([name, ...pictureFacts(part)].join(" · "))}</figcaption></figure>\n`;
}

export function transcript(turns, model) {
  const sections = turns.map(turn => `<section class="${turn.role === "user" ? "user" : "assistant"}">
<h2>${turn.role === "user" ? "You" : "Model"}</h2>
${turn.parts.map(partHtml).join("")}${
  [turn.note, turn.failure].filter(Boolean).map(note => `<p class="note">${escape(note)}</p>\n`).join("")}</section>
`).join("");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Conversation</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Conversation with ${escape(model)}</h1>
${sections}</body>
</html>
`;
}
