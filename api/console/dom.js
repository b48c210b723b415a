// Elements from data, and how values are written for people.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

export function show(place, ...children) {
  place.replaceChildren(...children.flat().filter(Boolean));
}

export function notice(text, bad = false) {
  const place = document.getElementById("notice");
  place.textContent = text;
  place.hidden = !text;
  place.classList.toggle("bad", bad);
}

export function money(amount) {
  const value = Number(amount);
  return `$${value.toFixed(value === 0 || value >= 0.01 ? 2 : 4)}`;
}

export function when(text) {
  return text ? new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "";
}

export function since(text) {
  const seconds = (Date.now() - new Date(text)) / 1000;
  const format = new Intl.RelativeTimeFormat([], { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (seconds >= size) return format.format(-Math.floor(seconds / size), unit);
  }
  return "just now";
}

export function lasted(seconds) {
  if (seconds == null || Number.isNaN(seconds)) return "";
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
