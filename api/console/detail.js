// One video: what becomes of it, what it took, and what a person may decide.
import { api, followEvents } from "./session.js";
import { h, lasted, money, notice, show, when } from "./dom.js";

const STEPS = ["script", "voice", "footage", "captions", "render", "thumbnail", "quality", "upload"];
const ENDS = ["published", "completed", "rejected", "cancelled", "failed"];
const GOOD = ["published", "completed"], BAD = ["failed", "rejected", "cancelled"], WAITS = ["parked", "awaiting_approval", "scheduled"];

export function statusBadge(video) {
  const kind = GOOD.includes(video.status) ? "good" : BAD.includes(video.status) ? "bad" : WAITS.includes(video.status) ? "warn" : "live";
  return h("span", { class: `badge ${kind}` }, video.status.replaceAll("_", " "));
}

export async function detail(main, id) {
  const log = h("ol", { class: "log" });
  const bar = h("progress", { hidden: true });
  const place = h("div", { class: "stack" });
  show(main, place, h("h2", {}, "What happened"), h("div", { class: "card" }, log));
  let player = null;

  async function load() {
    const video = await api("GET", `/videos/${id}`);
    const film = video.artifacts.find((each) => each.kind === "film");
    player ??= film ? filmPlayer(video, film) : null; // kept: a reload of the data must not stop the film
    show(place, heading(video), track(video), ENDS.includes(video.status) ? null : bar, waiting(video), actions(video), player,
      h("div", { class: "card" }, facts(video)), stepTable(video), files(video));
  }

  function actions(video) {
    const decide = (name, text, options = {}) => h("button", { class: options.class ?? "", onclick: () => ask(name, text, options) }, text);
    const buttons = [];
    if (video.status === "awaiting_approval") buttons.push(decide("approve", "Approve", { class: "main" }), decide("reject", "Reject", { class: "danger", reason: true }));
    if (video.status === "parked") {
      buttons.push(decide("retry", "Try again now", { class: "main" }));
      if (video.parked?.reason === "budget") buttons.push(decide("budget", "Raise the budget", { field: "cap", value: (Number(video.budget) + 1).toFixed(2) }));
      if (video.step === "quality") buttons.push(decide("skip", "Publish it all the same", { body: { step: "quality" } }));
    }
    if (!ENDS.includes(video.status) && !["publishing", "scheduled"].includes(video.status)) buttons.push(decide("cancel", "Cancel", { class: "danger", reason: true }));
    return buttons.length ? h("div", { class: "row" }, ...buttons) : null;
  }

  function ask(name, text, { reason = false, field = "", value = "", body = {} } = {}) {
    const key = crypto.randomUUID();
    const dialog = h("dialog", { onclose: () => dialog.remove() });
    const input = field || reason ? h(reason ? "textarea" : "input", { name: "value", maxlength: 1000 }) : null;
    if (input) input.value = value;
    dialog.append(h("form", { onsubmit: async (event) => {
      event.preventDefault();
      try {
        await api("POST", `/videos/${id}/${name}`, { ...body, ...(field ? { [field]: input.value } : reason ? { reason: input.value } : {}) }, { "Idempotency-Key": key });
        dialog.close();
        notice("");
        await load();
      } catch (error) {
        notice(error.message, true);
        dialog.close();
      }
    } },
      h("h2", {}, `${text}?`),
      input && h("label", {}, field ? "US dollars" : "Why (kept with the video)", input),
      h("div", { class: "row" }, h("button", { class: "main" }, text), h("button", { type: "button", onclick: () => dialog.close() }, "Not now"))));
    document.body.append(dialog);
    dialog.showModal();
  }

  await load();
  let timer = 0;
  return followEvents(`/videos/${id}/events`, (event) => {
    if (event.type === "video.progress" && event.total) {
      bar.hidden = false;
      bar.max = event.total;
      bar.value = event.done;
      bar.title = event.said ?? "";
      return;
    }
    log.prepend(h("li", {}, h("span", { class: "quiet" }, `${when(event.at)} `), said(event)));
    clearTimeout(timer);
    timer = setTimeout(load, 200);
  });
}

function said(event) {
  if (event.type === "video.step") return `${event.step}${event.part ? ` ${event.part}` : ""}: served by ${event.provider}${event.cached ? ", made before" : ""}, ${money(event.cost)}`;
  return [event.type.replace("video.", "").replaceAll("_", " "), event.detail, event.error].filter(Boolean).join(" · ");
}

function heading(video) {
  return h("div", {}, h("p", { class: "small" }, h("a", { href: "#" }, "← Videos")), h("h1", { dir: "auto" }, video.title || video.topic),
    h("div", { class: "row" }, statusBadge(video), h("span", { class: "quiet", dir: "auto" }, video.parked ? "" : video.detail)));
}

function track(video) {
  const made = new Set(video.steps.map((step) => step.step));
  return h("ol", { class: "steps" }, ...STEPS.map((step) => {
    const now = !ENDS.includes(video.status) && video.step === step;
    return h("li", { class: now ? "now" : made.has(step) || GOOD.includes(video.status) ? "done" : "" }, h("span", {}, step));
  }));
}

function waiting(video) {
  if (video.error) return h("p", { class: "card" }, h("strong", {}, "It failed: "), video.error);
  if (!video.parked) return null;
  return h("p", { class: "card" }, h("strong", {}, `Waits (${video.parked.reason})`), video.parked.until ? ` until ${when(video.parked.until)}: ` : ": ", video.parked.detail);
}

function filmPlayer(video, film) {
  const captions = video.artifacts.find((each) => each.kind === "vtt");
  const poster = video.artifacts.find((each) => each.kind === "thumbnail");
  return h("video", { controls: true, preload: "metadata", playsinline: true, src: film.url, poster: poster?.url },
    captions && h("track", { kind: "captions", src: captions.url, srclang: video.language, label: video.language }));
}

function facts(video) {
  const link = video.links.temporal ? h("a", { href: video.links.temporal, rel: "noreferrer", target: "_blank" }, video.workflow_id) : video.workflow_id;
  const place = /^https:\/\//.test(video.location) ? h("a", { href: video.location, rel: "noreferrer", target: "_blank" }, video.location) : video.location;
  const rows = [["Cost", `${money(video.total_cost)} of ${money(video.budget)} (estimated ${money(video.estimated_cost)})`], ["Asked for", when(video.created_at)],
    ["Took", video.ended_at && lasted((new Date(video.ended_at) - new Date(video.created_at)) / 1000)], ["Film", video.seconds ? lasted(video.seconds) : ""],
    ["Format", `${video.format}, ${video.level}, ${video.language}`], ["Quality", video.quality_score == null ? "" : quality(video)],
    ["Encoder", video.encoder], ["Published", place], ["Run", link]];
  return h("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function quality(video) {
  const lost = Object.entries(video.quality?.parts ?? {}).filter(([, points]) => points < 100).map(([part, points]) => `${part} ${Math.round(points)}`);
  return h("div", {}, `${Math.round(video.quality_score)} of 100${lost.length ? ` (${lost.join(", ")})` : ""}`,
    ...(video.quality?.problems ?? []).map((each) => h("div", { class: "small quiet" }, each.message)));
}

function stepTable(video) {
  if (!video.steps.length) return null;
  return h("div", {}, h("h2", {}, "Steps"), h("div", { class: "card wide" }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", {}, "Step"), h("th", {}, "Served by"), h("th", {}, "Time"), h("th", { class: "money" }, "Cost"))),
    h("tbody", {}, ...video.steps.map((step) => h("tr", {}, h("td", {}, [step.step, step.part].filter(Boolean).join(" ")),
      h("td", {}, step.provider, step.cached ? h("span", { class: "quiet" }, " (made before)") : "", ...step.passed_over.map((reason) => h("div", { class: "small quiet" }, `not ${reason}`))),
      h("td", {}, step.seconds ? lasted(step.seconds) : ""), h("td", { class: "money" }, money(step.cost))))))));
}

function files(video) {
  if (!video.artifacts.length) return null;
  return h("div", {}, h("h2", {}, "Files"), h("div", { class: "row" }, ...video.artifacts.map((each) =>
    h("a", { class: "button", href: `${each.url}&download=true`, download: true }, `${each.kind} (${size(each.size)})`))));
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
