// One order in a list: a line that opens to its items, its timeline, and what can
// be done with it.

import { get } from "./api.js";
import { ask } from "./ask.js";
import { button, el, link, say } from "./dom.js";
import { money } from "./money.js";
import { errorNote } from "./note.js";
import { againButton, badge, cancel, isPending, moment, payLink, payUntil, payURL, state, summary } from "./order.js";
import { who } from "./session.js";
import { dayAndTime } from "./when.js";

export function orderCard(order, isAdmin) {
  const card = el("details", { class: "order" });
  const show = (now) => card.replaceChildren(head(now), inside(now, isAdmin, show));
  show(order);
  let fresh = false;
  card.addEventListener("toggle", async () => {
    if (!card.open || fresh || !isPending(order)) return;
    fresh = true;
    try { // a list has no payment pages' addresses, and one order is checked with Stripe
      show((await get(`/api/v1/orders/${order._id}`)).data);
    } catch (error) {
      fresh = false;
      card.querySelector(".inside").prepend(errorNote(error));
    }
  });
  return card;
}

function head(order) {
  return el("summary", null,
    el("span", { class: "what" }, summary(order)),
    badge(state(order)),
    el("span", { class: "when" }, el("time", { datetime: order.createdAt }, dayAndTime(order.createdAt))),
    el("span", { class: "sum" }, money(order.subtotal, order.currency)));
}

function inside(order, isAdmin, show) {
  return el("div", { class: "inside" },
    order.review && review(order.review),
    el("div", null,
      el("h2", null, "What"),
      el("ul", { class: "items" }, order.items.map((item) => el("li", null,
        el("span", null, `${item.quantity} × ${item.name}`), el("span", null, money(item.lineTotal, order.currency))))),
      el("h2", null, "Where to"), el("p", { class: "address" }, order.deliveryAddress),
      el("h2", null, "Order number"), el("p", { class: "address" }, el("code", null, order._id)),
      isAdmin && [el("h2", null, "Customer"), el("p", { class: "address" }, el("code", null, order.userId))]),
    el("div", null,
      el("h2", null, "So far"),
      el("ol", { class: "timeline" }, order.timeline.map((m) => el("li", null, moment(m),
        el("span", { class: "small" }, el("time", { datetime: m.at }, dayAndTime(m.at)), isAdmin && ` · ${m.reason}`))))),
    actions(order, isAdmin, show));
}

function actions(order, isAdmin, show) {
  const mine = !isAdmin || order.paymentSessionUrl;
  const notes = el("div");
  const row = el("p", { class: "actions" },
    payLink(order, "Pay now"),
    isPending(order) && cancelButton(order, show, notes),
    mine && order.status === "failed" && againButton(order),
    order.status === "placed" && link(`/success?orderId=${order._id}`, "Receipt", "button plain"),
    payURL(order) && el("span", { class: "small" }, payUntil(order)));
  return row.childElementCount > 0 ? [notes, row] : null;
}

function cancelButton(order, show, notes) {
  return button("Cancel the order", async () => {
    if (!(await ask("Cancel this order?", "It cannot be paid after that. You can always order again.", "Cancel the order", "Keep it"))) return;
    try {
      const now = await cancel(order);
      show(now);
      say("The order is cancelled.");
    } catch (error) {
      if (error.status === 409) {
        await get(`/api/v1/orders/${order._id}`).then(({ data }) => show(data), () => {});
      }
      notes.replaceChildren(errorNote(error));
    }
  }, "button danger");
}

const REASONS = {
  amount_mismatch: "Another amount than the order’s was paid",
  currency_mismatch: "It was paid in another currency",
  livemode_mismatch: "Test money met a real order, or the reverse",
  paid_twice: "It was paid a second time",
};

function review({ findings }) {
  return el("div", { class: "note bad" },
    el("p", { class: "title" }, "A person must look at this order"),
    el("ul", null, findings.map((f) => el("li", null,
      `${REASONS[f.reason] ?? f.reason}: ${money(f.amount, f.currency)}, ${f.livemode ? "real" : "test"} money. `,
      el("span", { class: "small" }, "In Stripe: ", el("code", null, f.transactionId || f.sessionId || "unknown"))))),
    el("p", { class: "small" }, "Refund what is not owed in Stripe’s dashboard; the order follows by itself."));
}
