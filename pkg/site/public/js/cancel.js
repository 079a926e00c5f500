// Where Stripe sends the customer who turned back before paying.

import { busy, button, byId, el, link } from "./dom.js";
import { errorNote } from "./note.js";
import { againButton, cancel, isPending, payLink, payUntil, receipt } from "./order.js";
import { explain, follow, headline, load } from "./returned.js";
import { forget } from "./unpaid.js";

let last = null;

follow(show);

// The customer may have paid in another tab meanwhile.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && last && isPending(last)) look();
});

async function look() {
  try {
    show(await load());
  } catch (error) {
    explain(error, look);
  }
}

function show(order) {
  last = order;
  if (!isPending(order)) forget(order._id);
  const [title, text, ...choices] = situation(order);
  headline(title, text);
  byId("order").replaceChildren(
    el("p", { class: "actions" }, choices), el("div", { id: "notes" }), receipt(order));
}

function situation(order) {
  const pay = payLink(order, "Go on with the payment");
  if (order.status === "failed") {
    return ["This order is closed", "It was not paid, and nothing was charged.", againButton(order), link("/", "To the shop", "button plain")];
  }
  if (!isPending(order)) {
    return ["This order is paid", "The payment went through after all, so there is nothing to cancel.", link(`/success?orderId=${order._id}`, "See the order")];
  }
  if (pay) {
    return ["Your order is not paid yet", `Nothing was charged. ${payUntil(order)} After that it closes by itself.`, pay, cancelButton(order)];
  }
  return ["This order can no longer be paid", "Its time is over, or its payment is being checked at this moment. If you paid, the order is placed by itself when the money arrives.",
    button("Look again", look), cancelButton(order)];
}

function cancelButton(order) {
  const it = button("Cancel the order", () => busy(it, "Cancelling…", async () => {
    try {
      show(await cancel(order));
    } catch (error) {
      if (error.status === 409) await look(); // paid, or closed, meanwhile
      byId("notes")?.replaceChildren(errorNote(error));
    }
  }), "button danger");
  return it;
}
