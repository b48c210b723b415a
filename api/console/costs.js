// What the videos cost.
import { api } from "./session.js";
import { h, money, show } from "./dom.js";

export async function costs(main) {
  const [summary, daily] = await Promise.all([api("GET", "/costs/summary"), api("GET", "/costs/daily")]);
  const figure = (name, amount, note) => h("div", { class: "card" }, h("div", { class: "quiet small" }, name), h("div", { class: "figure" }, money(amount)), h("div", { class: "quiet small" }, note));
  const most = Math.max(...daily.items.map((day) => Number(day.spent)), 0.000001);
  show(main, h("h1", {}, "Costs"),
    h("div", { class: "figures" },
      figure("Today (UTC)", summary.day.spent, summary.day.cap == null ? "no cap" : `${money(summary.day.left)} left of ${money(summary.day.cap)}`),
      figure("This month", summary.month.spent, summary.month.cap == null ? "no cap" : `${money(summary.month.left)} left`),
      figure("Under way", summary.day.reserved, "reserved for calls")),
    h("h2", {}, "This month by service"),
    summary.services.length
      ? h("div", { class: "card wide" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Service"), h("th", {}, "Calls"), h("th", { class: "money" }, "Spent"))),
        h("tbody", {}, ...summary.services.map((line) => h("tr", {}, h("td", {}, `${line.provider} · ${line.operation}`), h("td", {}, String(line.calls)), h("td", { class: "money" }, money(line.spent)))))))
      : h("p", { class: "card quiet" }, "Nothing was spent: local providers cost nothing."),
    h("h2", {}, "Last 30 days"),
    daily.items.length
      ? h("div", { class: "card wide" }, h("table", {}, h("tbody", {}, ...daily.items.map((day) => h("tr", {}, h("td", {}, day.day), h("td", {}, h("progress", { max: most, value: Number(day.spent) })), h("td", { class: "money" }, money(day.spent)))))))
      : h("p", { class: "card quiet" }, "No costs in the last 30 days."));
}
