// Asking for a video.
import { api } from "./session.js";
import { h, money, notice, show } from "./dom.js";

export async function newVideo(main) {
  const channels = (await api("GET", "/channels?limit=100")).items;
  const preferences = await api("GET", "/users/me/preferences");
  const key = crypto.randomUUID();
  const select = (name, values, chosen) => h("select", { name }, ...values.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
  const form = h("form", { class: "card", onsubmit: submit },
    h("label", {}, "Topic", h("input", { name: "topic", maxlength: 500, placeholder: "Why the sky is blue", dir: "auto" })),
    h("details", {}, h("summary", {}, "Write the script yourself instead"),
      h("label", {}, "Script in Markdown: a heading or paragraph a scene", h("textarea", { name: "script", maxlength: 200000, dir: "auto", spellcheck: true }))),
    h("div", { class: "fields" },
      h("label", {}, "Format", select("format", [["short", "Short (up to 60 s, vertical)"], ["standard", "Standard (5-10 min)"], ["long", "Long (10-20 min)"], ["economy", "Economy (720p)"]], preferences.format)),
      h("label", {}, "Level", select("level", [["economy", "Economy"], ["standard", "Standard"], ["premium", "Premium"]], preferences.level)),
      h("label", {}, "Language", h("input", { name: "language", value: preferences.language, pattern: "[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", required: true })),
      h("label", {}, "Channel", select("channel_id", channels.map((channel) => [channel.id, channel.name])))),
    h("label", {}, "Pictures and clips of your own", h("input", { name: "media", type: "file", multiple: true, accept: "image/*,video/*,audio/*" })),
    h("label", { class: "inline" }, h("input", { name: "auto_publish", type: "checkbox", checked: preferences.auto_publish }), "Publish it without asking me"),
    h("div", { class: "row" }, h("button", { class: "main" }, "Make it")));

  async function submit(event) {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const body = {
        format: form.format.value, level: form.level.value, language: form.language.value, auto_publish: form.auto_publish.checked,
        ...(form.channel_id.value ? { channel_id: form.channel_id.value } : {}),
        ...(form.script.value.trim() ? { script: form.script.value } : { topic: form.topic.value.trim() }),
      };
      const media = await upload(form.media.files);
      if (Object.keys(media).length) body.media = media;
      const made = await api("POST", "/videos/generate", body, { "Idempotency-Key": key });
      location.hash = `video/${made.id}`;
      notice(`Accepted. It is estimated at ${money(made.estimated_cost)}. ${made.warnings.join(" ")}`);
    } catch (error) {
      notice(error.message, true);
      button.disabled = false;
    }
  }
  show(main, h("h1", {}, "New video"), channels.length ? form : noChannel(main));
}

async function upload(files) {
  const media = {};
  for (const file of files) {
    notice(`Uploading ${file.name} …`);
    const form = new FormData();
    form.append("file", file);
    const { kind, digest, media_type, size } = await api("POST", "/media", form);
    media[file.name] = { kind, digest, media_type, size };
  }
  return media;
}

function noChannel(main) {
  const form = h("form", { class: "card", onsubmit: async (event) => {
    event.preventDefault();
    try {
      await api("POST", "/channels", { name: form.elements.name.value });
      await newVideo(main);
    } catch (error) {
      notice(error.message, true);
    }
  } },
    h("p", {}, "First, the channel that the videos are for."),
    h("label", {}, "Name", h("input", { name: "name", maxlength: 100, required: true })),
    h("div", { class: "row" }, h("button", { class: "main" }, "Add the channel")));
  return form;
}
