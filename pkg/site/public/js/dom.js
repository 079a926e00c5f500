// Makes elements. Texts become text nodes: nothing that comes from the API is
// ever read as HTML.

export const byId = (id) => document.getElementById(id);

export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export const link = (href, text, kind = "button") => el("a", { href, class: kind }, text);

export const button = (text, onclick, kind = "button") => el("button", { type: "button", class: kind, onclick }, text);

/** Says something to who listens to the page rather than looks at it. */
export function say(text) {
  const heard = byId("heard");
  heard.textContent = "";
  requestAnimationFrame(() => { heard.textContent = text; });
}

/** While work runs, its button does nothing more, and says so. */
export async function busy(control, text, work) {
  if (control.getAttribute("aria-disabled") === "true") return;
  const label = [...control.childNodes];
  control.setAttribute("aria-disabled", "true");
  control.replaceChildren(text);
  try {
    return await work();
  } finally {
    control.removeAttribute("aria-disabled");
    control.replaceChildren(...label);
  }
}
