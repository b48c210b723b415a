// Speaking with the API. The access token lives in memory, the refresh token in a cookie that no script can read.
let token = "";
let me = null;
let renewing = null;

class Refused extends Error {
  constructor(problem, status) {
    super([problem.detail, problem.hint, ...(problem.errors ?? []).filter((each) => each.message !== problem.detail).map((each) => `${each.field}: ${each.message}`)].filter(Boolean).join(" "));
    this.title = problem.title;
    this.status = status;
  }
}

async function send(method, path, body, headers = {}) {
  return fetch(`/api/v1${path}`, {
    method,
    headers: {
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(body && !(body instanceof FormData) ? { "Content-Type": "application/json" } : {}),
      ...headers,
    },
    body: body instanceof FormData ? body : body ? JSON.stringify(body) : undefined,
    credentials: "same-origin",
  });
}

async function renew() {
  // One renewal at a time over all tabs: a refresh token is good once.
  renewing ??= (navigator.locks ? navigator.locks.request("ytempire-refresh", renewNow) : renewNow()).finally(() => { renewing = null; });
  return renewing;
}

async function renewNow() {
  const answer = await send("POST", "/auth/refresh");
  token = answer.ok ? (await answer.json()).access_token : "";
  return answer.ok;
}

export async function api(method, path, body, headers) {
  let answer = await send(method, path, body, headers);
  if (answer.status === 401 && token && (await renew())) answer = await send(method, path, body, headers);
  if (answer.status === 204) return null;
  const found = await answer.json().catch(() => ({ detail: `The server answered ${answer.status}.` }));
  if (!answer.ok) throw new Refused(found, answer.status);
  return found;
}

export async function startSession() {
  await renew();
}

export async function signIn(path, body) {
  token = "";
  me = null;
  token = (await api("POST", path, body)).access_token;
}

export async function signOut() {
  try { await api("POST", "/auth/logout"); } catch { /* the session had ended already */ }
  token = "";
  me = null;
}

export async function whoAmI() {
  if (!token) return null;
  try {
    me ??= await api("GET", "/auth/me");
  } catch (error) {
    if (error.status !== 401) throw error;
    me = null;
  }
  return me;
}

// Server-sent events by fetch, since EventSource sends no token. Resumes after the last event; returns a function that ends it.
export function followEvents(path, onEvent) {
  const end = new AbortController();
  (async () => {
    let last = "";
    while (!end.signal.aborted) {
      try {
        const answer = await fetch(`/api/v1${path}`, {
          headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) },
          signal: end.signal,
        });
        if (answer.status === 204) return;
        if (answer.status === 401 && (await renew())) continue;
        if (answer.ok) last = (await read(answer.body.getReader(), onEvent)) || last;
      } catch { /* the connection broke: again in two seconds */ }
      await new Promise((done) => setTimeout(done, 2000));
    }
  })();
  return () => end.abort();
}

async function read(reader, onEvent) {
  const decoder = new TextDecoder();
  let waiting = "", last = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return last;
    waiting += decoder.decode(value, { stream: true });
    const blocks = waiting.split("\n\n");
    waiting = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 2)]));
      if (fields.id) last = fields.id;
      if (fields.data) onEvent({ ...JSON.parse(fields.data), id: fields.id });
    }
  }
}
