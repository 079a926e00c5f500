// Messages on the page: what happened, and what to do about it.

import { button, el } from "./dom.js";

/** @param {"good" | "wait" | "bad"} kind */
export function note(kind, title, text, ...actions) {
  return el("div", { class: `note ${kind}`, role: kind === "bad" ? "alert" : null },
    el("p", { class: "title" }, title),
    text && el("p", null, text),
    actions.length > 0 && el("p", { class: "actions" }, actions));
}

/** An ApiError in words; again, where given, is run by a button. */
export function errorNote(error, again) {
  const actions = again && worthRepeating(error) ? [button("Try again", again, "button plain")] : [];
  return note("bad", error.message, advice(error), ...actions);
}

const worthRepeating = (error) => !error.status || error.status === 429 || error.status >= 500;

function advice(error) {
  if (!(error instanceof Error) || !("status" in error)) return "Load the page again.";
  const fields = error.fields.map((f) => `${f.path} ${f.message}`).join("; ");
  const number = error.requestId && error.status >= 500 ? ` If it stays like this, tell us this number: ${error.requestId}` : "";
  switch (error.status) {
    case 0: return "Check your connection, then try again.";
    case 401: return "Sign in, then try again.";
    case 429: return "";
    case 502: return `Nothing was charged.${number}`;
    case 503: return number.trim();
  }
  return fields || number.trim();
}
