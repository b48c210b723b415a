// The accounts that publish: what they may still do today, and the way to connect one or to mend it.
import { api } from "./session.js";
import { h, notice, show, when } from "./dom.js";

const WORDS = { active: "works", needs_reconnect: "must be reconnected", disabled: "switched off" };

export async function youtube(main, _, query) {
  const [accounts, quota, alerts] = await Promise.all([
    api("GET", "/youtube/accounts?limit=100"), api("GET", "/youtube/quota"), api("GET", "/youtube/alerts")]);
  const wanted = query.get("reconnect");
  const named = accounts.items.find((account) => account.id === wanted);
  show(main, h("div", { class: "row between" }, h("h1", {}, "YouTube"),
    h("button", { class: named ? "" : "main", onclick: () => connect() }, "Connect an account")),
  wanted && h("div", { class: "card" }, named
    ? [h("h2", {}, `Reconnect ${named.label}`), h("p", {}, named.last_error || "Google asks for your consent again; nothing is lost meanwhile."),
      h("button", { class: "main", autofocus: true, onclick: () => connect(named.id) }, "Reconnect")]
    : h("p", {}, "That account is not yours, or is there no more.")),
  ...alerts.map((alert) => h("p", { class: "card" }, alert.message)),
  h("h2", {}, "Accounts"),
  accounts.items.length
    ? h("div", { class: "card wide" }, h("table", {}, h("thead", {}, h("tr", {}, ...["Account", "State", "Uploads today", "Health", "Consent ends", ""].map((name) => h("th", {}, name)))),
      h("tbody", {}, ...accounts.items.map(row))))
    : h("p", { class: "card quiet" }, "None yet: films are kept in a folder until an account is connected."),
  h("h2", {}, "Quota of today"),
  h("p", {}, `${quota.videos_left} videos can still go out, ${quota.complete_left} of them with all their extras. It renews ${when(quota.renews_at)}.`),
  h("div", { class: "card wide" }, h("table", {}, h("tbody", {}, ...quota.buckets.map((bucket) => h("tr", {},
    h("td", {}, `${bucket.project} · ${bucket.bucket}`), h("td", {}, h("progress", { max: bucket.units, value: bucket.used })),
    h("td", { class: "money" }, `${bucket.used} of ${bucket.units}`)))))));
}

function row(account) {
  return h("tr", {}, h("td", {}, account.label), h("td", { title: account.last_error }, WORDS[account.status] ?? account.status),
    h("td", {}, `${account.uploads_today} of ${account.uploads_a_day}`), h("td", {}, String(account.health)), h("td", {}, when(account.refresh_dies_at)),
    h("td", {}, h("button", { class: "link", onclick: () => connect(account.id) }, "Reconnect")));
}

async function connect(account) {
  try {
    location.assign((await api("GET", `/youtube/oauth/authorize${account ? `?account_id=${account}` : ""}`)).url);
  } catch (error) {
    notice(error.message, true);
  }
}
