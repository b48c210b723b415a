// The operator's page. No framework: `h` makes elements from data, so nothing of a user's is ever parsed as HTML.
import { api, followEvents, signIn, signOut, startSession, whoAmI } from "./session.js";
import { h, money, notice, show, since } from "./dom.js";
import { newVideo } from "./ask.js";
import { costs } from "./costs.js";
import { detail, statusBadge } from "./detail.js";
import { youtube } from "./youtube.js";

const main = document.getElementById("main");
let leave = () => {};

const pages = {
  "": videos,
  new: newVideo,
  costs,
  video: detail,
  youtube,
  verify: verifyAddress,
  reset: resetPassword,
  "sign-in": signInByLink,
};

async function route() {
  leave();
  leave = () => {};
  notice("");
  const [path, query = ""] = location.hash.slice(1).split("?");
  const [name, ...rest] = path.split("/");
  const page = pages[name] ?? videos;
  const open = ["verify", "reset", "sign-in"].includes(name);
  if (!open && !(await whoAmI())) return show(main, loginForm());
  document.getElementById("nav").hidden = open;
  for (const link of document.querySelectorAll("nav a")) {
    link.toggleAttribute("aria-current", link.getAttribute("href") === `#${name}`);
  }
  try {
    leave = (await page(main, rest.join("/"), new URLSearchParams(query))) ?? (() => {});
    main.focus({ preventScroll: true });
  } catch (error) {
    show(main, h("div", { class: "card" }, h("h1", {}, error.title ?? "That did not work"), h("p", {}, error.message)));
  }
}

async function videos(main) {
  const state = { page: 1, status: "", search: "" };
  const list = h("ul", { class: "videos" });
  const more = h("div", { class: "row between" });
  const filter = h("form", { class: "fields", onchange: () => { state.page = 1; load(); }, onsubmit: (event) => event.preventDefault() },
    h("label", {}, "Show", h("select", { onchange: (event) => { state.status = event.target.value; } },
      ...[["", "all"], ["queued,scripting,producing,rendering,checking,publishing,scheduled", "being made"], ["parked,awaiting_approval", "waiting for you"],
        ["published,completed", "finished"], ["failed,rejected,cancelled", "ended otherwise"]]
        .map(([value, text]) => h("option", { value }, text)))),
    h("label", {}, "Title", h("input", { type: "search", maxlength: 100, onchange: (event) => { state.search = event.target.value; } })));
  show(main, h("div", { class: "row between" }, h("h1", {}, "Videos"), h("a", { class: "button main", href: "#new" }, "New video")), filter, h("p", {}), list, more);

  async function load() {
    const query = new URLSearchParams({ page: state.page, limit: 20 });
    if (state.search) query.set("search", state.search);
    for (const status of state.status.split(",").filter(Boolean)) query.append("status", status);
    const found = await api("GET", `/videos?${query}`);
    list.replaceChildren(...found.items.map(card));
    if (!found.items.length) list.replaceChildren(h("li", { class: "card quiet" }, "Nothing here yet. Ask for a video, and watch it being made."));
    more.replaceChildren(
      h("button", { disabled: state.page <= 1, onclick: () => { state.page -= 1; load(); } }, "Newer"),
      h("span", { class: "quiet small" }, `${found.total} in all`),
      h("button", { disabled: state.page >= found.pages, onclick: () => { state.page += 1; load(); } }, "Older"));
  }

  await load();
  let timer = 0;
  return followEvents("/videos/events", (event) => {
    const bar = document.getElementById(`bar-${event.video_id}`);
    if (event.type === "video.progress" && event.total && bar) {
      bar.hidden = false;
      bar.max = event.total;
      bar.value = event.done;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(load, 250);
  });
}

function card(video) {
  const picture = video.thumbnail ? h("img", { class: "thumb", src: video.thumbnail, alt: "", loading: "lazy" }) : h("div", { class: "thumb" }, video.format);
  return h("li", {}, h("a", { class: "card", href: `#video/${video.id}` }, picture,
    h("div", {}, h("div", { class: "title", dir: "auto" }, video.title || video.topic || "Untitled"),
      h("div", { class: "row small quiet" }, statusBadge(video), h("span", {}, since(video.created_at)), h("span", {}, money(video.total_cost))),
      h("div", { class: "small quiet", dir: "auto" }, video.detail || video.error),
      h("progress", { id: `bar-${video.id}`, hidden: true }))));
}

function loginForm() {
  document.getElementById("nav").hidden = true;
  const form = h("form", { class: "card narrow", onsubmit: submit },
    h("h1", {}, "Sign in"),
    h("label", {}, "Address", h("input", { name: "email", type: "email", autocomplete: "username", required: true, autofocus: true })),
    h("label", {}, "Password", h("input", { name: "password", type: "password", autocomplete: "current-password", required: true })),
    h("button", { class: "main" }, "Sign in"),
    h("div", { class: "row between small" },
      h("button", { type: "button", class: "link", onclick: register }, "Register"),
      h("button", { type: "button", class: "link", onclick: forgot }, "Forgot the password?")),
    h("p", { class: "small quiet" }, "On your own laptop, ", h("code", {}, "./ytempire up"), " prints a link that signs you in."));

  async function submit(event) {
    event.preventDefault();
    await tell(async () => {
      await signIn("/auth/login", { email: form.email.value, password: form.password.value, cookie: true });
      route();
    });
  }
  async function register() {
    await tell(async () => notice((await api("POST", "/auth/register", { email: form.email.value, password: form.password.value })).message));
  }
  async function forgot() {
    await tell(async () => notice((await api("POST", "/auth/password-reset", { email: form.email.value })).message));
  }
  return form;
}

async function tell(work) {
  try {
    await work();
  } catch (error) {
    notice(error.message, true);
  }
}

async function verifyAddress(main, token) {
  const answer = await api("POST", "/auth/verify-email", { token });
  history.replaceState(null, "", "/");
  show(main, h("div", { class: "card narrow" }, h("h1", {}, "Welcome"), h("p", {}, answer.message), h("a", { class: "button main", href: "#" }, "Sign in")));
}

async function signInByLink(main, token) {
  history.replaceState(null, "", "/");
  await signIn("/auth/sign-in", { token, cookie: true });
  await route();
}

async function resetPassword(main, token) {
  history.replaceState(null, "", "/");
  const form = h("form", { class: "card narrow", onsubmit: async (event) => {
    event.preventDefault();
    await tell(async () => {
      const answer = await api("POST", "/auth/password-reset/confirm", { token, password: form.password.value });
      show(main, loginForm());
      notice(answer.message);
    });
  } },
    h("h1", {}, "Set a new password"),
    h("label", {}, "New password (12 characters at least)", h("input", { name: "password", type: "password", minlength: 12, autocomplete: "new-password", required: true })),
    h("button", { class: "main" }, "Set it"));
  show(main, form);
}

document.getElementById("sign-out").addEventListener("click", async () => {
  await signOut();
  location.hash = "";
  route();
});
addEventListener("hashchange", route);
await startSession();
await route();
