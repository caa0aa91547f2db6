// Requests to the server.

/** A failure that the server explains. */
export class ServerError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

let key = sessionStorage.getItem("gill-key") ?? "";

export function useKey(value) {
  key = value;
  sessionStorage.setItem("gill-key", value);
}

async function request(path, body, signal) {
  const headers = {};
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST", headers, signal,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new ServerError("The server does not answer. Is it still running?", 0);
  }
  if (!response.ok) {
    const error = await response.json().catch(() => ({}));
    throw new ServerError(error?.error?.message ?? `The server answered with status ${response.status}.`,
      response.status);
  }
  return response;
}

/** Describes the model; waits while it is loaded. */
export async function model(onLoading) {
  for (;;) {
    try {
      const list = await (await request("v1/models")).json();
      return list.data[0];
    } catch (e) {
      if (e.status !== 503 && e.status !== 0) throw e;
      onLoading(e.status === 503 ? "The model is being loaded…" : e.message);
      await new Promise(done => setTimeout(done, 500));
    }
  }
}

/** Yields the chunks of a streamed reply. */
export async function* chat(body, signal) {
  const response = await request("v1/chat/completions", {...body, stream: true}, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const {value, done} = await reader.read();
    if (done) throw new ServerError("The connection ended before the reply did.", 0);
    buffer += value;
    let end;
    while ((end = buffer.indexOf("\n\n")) >= 0) {
      const event = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      const data = event.split("\n").filter(line => line.startsWith("data:"))
        .map(line => line.slice(5).trimStart()).join("\n");
      if (data === "[DONE]") return;
      if (!data) continue;
      const chunk = JSON.parse(data);
      if (chunk.error) throw new ServerError(chunk.error.message, 500);
      yield chunk;
    }
  }
}

export async function search(body) {
  return (await (await request("v1/gill/search", body)).json()).data;
}
