// What the two pages that Stripe sends the customer back to have in common: the
// order of the address, who must be signed in to see it, and what to say where it
// cannot be shown.

import { get } from "./api.js";
import { button, byId, el, link } from "./dom.js";
import { errorNote } from "./note.js";
import { onChange, signIn, start, who } from "./session.js";

const id = new URLSearchParams(location.search).get("orderId");
let shown = "";

/** Shows the order of the address by calling show(order), now and after signing in. */
export function follow(show) {
  const run = async () => {
    if (!id) return nothing("Which order?", "This address names none. Your orders are all in one place:");
    if (!who()) return stranger();
    try {
      show(await load());
    } catch (error) {
      explain(error, run);
    }
  };
  start();
  onChange(run);
  run();
}

/** The order as it is now. */
export const load = async () => (await get(`/api/v1/orders/${id}`)).data;

/** Says why the order cannot be shown; again tries once more. */
export function explain(error, again) {
  if (error.status === 401) {
    stranger();
  } else if (error.status === 404 || error.status === 400) {
    nothing("This order is not here", "There is no order of this number in your account. Did you order with another email address? Then sign out and in with that one.");
  } else {
    headline("The order cannot be shown", "");
    byId("order").replaceChildren(errorNote(error, again));
  }
}

/** Says what state the order is in. Said again only when it is something else. */
export function headline(title, text, ...more) {
  const key = title + text;
  if (key === shown) return;
  shown = key;
  document.title = `${title} · Awning`;
  byId("state").replaceChildren(el("h1", null, title), text && el("p", { class: "lead" }, text), ...more);
}

function stranger() {
  headline("Sign in to see your order", "Only who ordered may see it. Nothing is lost: an order that was paid is placed, whether you look or not.");
  byId("order").replaceChildren(el("p", { class: "actions" }, button("Sign in", () => signIn("Then your order is shown here."))));
}

function nothing(title, text) {
  headline(title, text);
  byId("order").replaceChildren(el("p", { class: "actions" }, link("/orders", "Your orders"), link("/", "To the shop", "button plain")));
}
