// Asks before something is done that cannot be undone.

import { button, el } from "./dom.js";

/** Resolves to whether the answer was yes. */
export function ask(question, text, yes, no) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = el("dialog", { "aria-labelledby": "ask-title", role: "alertdialog", onclose: () => { dialog.remove(); resolve(answer); } },
      el("h2", { id: "ask-title" }, question),
      el("p", { class: "quiet" }, text),
      el("p", { class: "actions" },
        button(no, () => dialog.close(), "button"),
        button(yes, () => { answer = true; dialog.close(); }, "button danger")));
    document.body.append(dialog);
    dialog.showModal();
  });
}
