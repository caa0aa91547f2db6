// Shows the conversation. Every text is set as text, never as HTML.

export function element(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const percent = p => `${(100 * p).toFixed(p > 0 && p < 0.001 ? 2 : 1)} %`;

/** Says in words why a picture was retrieved or generated. */
export function decisionText(decision) {
  if (!decision) return "";
  if (typeof decision.generate !== "number") return "no other choice";
  return `decision: generate ${percent(decision.generate)}, retrieve ${percent(decision.retrieve)}`;
}

export function pictureFacts(part) {
  const facts = [];
  if (part.source) facts.push(`from ${part.source}`);
  if (part.chosen) facts.push(decisionText(part.decision));
  if (typeof part.score === "number") {
    facts.push(`${part.origin === "retrieved" ? "match" : "similarity"} ${part.score.toFixed(3)}`);
  }
  if (part.origin === "generated" && Number.isFinite(part.seed)) facts.push(`seed ${part.seed}`);
  return facts.filter(Boolean);
}

export function pictureName(part) {
  return !part.origin ? "Your picture" : part.origin === "retrieved" ? "Retrieved picture" : "Generated picture";
}

/** Returns a complete turn as a screen reader says it. */
export function spokenTurn(turn) {
  return [...turn.parts.map(part => part.image
    ? [part.chosen === false ? `${pictureName(part)}, not chosen` : pictureName(part), ...pictureFacts(part)].join(", ")
    : part.text), turn.note, turn.failure].filter(Boolean).join("\n");
}

export function figure(part) {
  const caption = element("figcaption");
  if (part.origin) {
    caption.append(element("b", {text: part.chosen === false ? `${pictureName(part)}, not chosen` : pictureName(part)}),
      " ", pictureFacts(part).join(" · "));
    if (part.chosen && typeof part.decision?.generate === "number") caption.prepend(odds(part.decision));
  }
  const alt = part.origin ? `${pictureName(part)}${part.source ? ` from ${part.source}` : ""}` : pictureName(part);
  return element("figure", {class: part.chosen === false ? "other" : ""},
    element("img", {src: part.image, alt}), caption);
}

function odds(decision) {
  const bar = element("div", {class: "odds", role: "img", "aria-label": decisionText(decision),
    title: decisionText(decision)});
  const share = element("span");
  share.style.width = `${100 * decision.generate}%`;
  bar.append(share);
  return bar;
}

/** Shows one turn. Call the returned object's update() when the turn has changed. */
export function turnView(turn, actions) {
  const body = element("div");
  const buttons = element("div", {class: "actions"});
  const node = element("li", {class: `turn ${turn.role}`},
    element("h2", {text: turn.role === "user" ? "You" : "Model"}), body, buttons);
  for (const [name, action] of Object.entries(actions)) {
    buttons.append(element("button", {type: "button", text: name, onclick: action}));
  }
  let shown = 0;
  let last = null; // paragraph of the last part, which grows while text comes
  const notes = element("div");
  const live = element("div");
  let preview = null; // the latest one of the current picture
  body.append(live, notes);
  return {
    node,
    /** Adds what is new. A growing text changes one text node only. */
    update() {
      for (let i = Math.max(0, shown - 1); i < turn.parts.length; i++) {
        const part = turn.parts[i];
        if (i < shown) {
          if (last && part.text !== undefined) last.textContent = part.text;
          continue;
        }
        last = null;
        if (part.image) {
          live.before(figure(part));
        } else {
          last = element("p", {dir: "auto", text: part.text});
          live.before(last);
        }
        shown++;
      }
      notes.replaceChildren();
      if (turn.note) notes.append(element("p", {class: "note", text: turn.note}));
      if (turn.failure) notes.append(element("p", {class: "note failure", text: turn.failure}));
    },
    /** Shows the progress of a picture; null removes it. */
    progress(progress) {
      live.replaceChildren();
      preview = progress ? progress.preview ?? preview : null;
      if (!progress) return;
      if (preview) {
        live.append(element("figure", {}, element("img", {src: preview, alt: "Preview of the picture"})));
      }
      const label = progress.steps
        ? `Generating a picture: step ${progress.step} of ${progress.steps}`
        : progress.action === "retrieve" ? "Retrieving a picture…" : "Generating a picture…";
      live.append(element("p", {class: "note", text: label}));
      if (progress.steps) {
        live.append(element("progress", {value: progress.step, max: progress.steps, "aria-label": label}));
      }
    },
    busy(busy) {
      node.setAttribute("aria-busy", String(busy));
      buttons.hidden = busy;
    },
  };
}
