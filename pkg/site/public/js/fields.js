// Form fields, and what is wrong with them beside them.

import { el } from "./dom.js";

export function textField(name, label, attributes, hint) {
  const id = `field-${name}`;
  const hintId = hint ? `${id}-hint` : null;
  return el("div", { class: "field" },
    el("label", { for: id }, label),
    el("input", { id, name, type: "text", required: true, "aria-describedby": hintId, ...attributes }),
    hint && el("p", { class: "hint", id: hintId }, hint));
}

/**
 * Puts each error of the API ({path, message}) beside the form's field of that
 * name and moves to the first; no errors: clears them. True where every error
 * found its field.
 */
export function fieldErrors(form, errors) {
  form.querySelectorAll(".field [aria-invalid]").forEach(clear);
  let first = null;
  let placed = 0;
  for (const { path, message } of errors) {
    const field = form.elements.namedItem(path);
    if (!field || field.hasAttribute("aria-invalid")) continue;
    mark(field, message);
    first ??= field;
    placed++;
  }
  first?.focus();
  return errors.length > 0 && placed === errors.length;
}

function mark(field, message) {
  const id = `${field.id}-wrong`;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
  const sentence = /^(is|must|may)\b/.test(message) ? `${field.dataset.called ?? field.labels[0].textContent} ${message}.` : message;
  field.closest(".field").append(el("p", { class: "wrong", id }, sentence));
}

function clear(field) {
  const id = `${field.id}-wrong`;
  document.getElementById(id)?.remove();
  field.removeAttribute("aria-invalid");
  const rest = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((d) => d && d !== id).join(" ");
  if (rest) field.setAttribute("aria-describedby", rest);
  else field.removeAttribute("aria-describedby");
}
