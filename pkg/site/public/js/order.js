// How an order is shown, and what can be done with it, on every page.

import { remove } from "./api.js";
import * as basket from "./basket.js";
import { button, el, link } from "./dom.js";
import { money } from "./money.js";
import { forget } from "./unpaid.js";
import { atTime, dayAndTime, isPast } from "./when.js";

/** What state an order is in, in a word or three. */
export function state(order) {
  if (order.paymentStatus === "partially_refunded") return { text: "Partly refunded", kind: "good" };
  switch (order.status) {
    case "placed": return { text: "Placed", kind: "good" };
    case "refunded": return { text: "Refunded", kind: "" };
    case "failed": return { text: "Closed", kind: "" };
  }
  return { text: "Not paid yet", kind: "wait" };
}

export function badge({ text, kind }) {
  return el("span", { class: `badge ${kind}` }, text);
}

export const isPending = (order) => order.status === "pending";

/** Stripe's page to pay an order on; "" where it cannot be paid there now. */
export function payURL(order) {
  const url = order.paymentSessionUrl ?? "";
  return /^https?:\/\//.test(url) && !isPast(order.expiresAt) ? url : "";
}

export function summary(order) {
  const [first, ...rest] = order.items;
  const pieces = (item) => (item.quantity > 1 ? `${item.quantity} × ${item.name}` : item.name);
  if (rest.length === 0) return pieces(first);
  return `${pieces(first)} and ${rest.length === 1 ? pieces(rest[0]) : `${rest.length} more`}`;
}

export function receipt(order) {
  return el("article", { class: "receipt", "aria-label": "The order" },
    el("header", null,
      el("p", { class: "shop-name" }, "Awning"),
      el("p", null, el("time", { datetime: order.createdAt }, dayAndTime(order.createdAt))),
      el("p", null, "Order ", el("code", null, order._id))),
    el("ul", null, order.items.map((item) => el("li", null,
      el("span", null, item.name),
      el("span", null, money(item.lineTotal, order.currency)),
      el("span", { class: "each" }, `${item.quantity} × ${money(item.unitPrice, order.currency)}`)))),
    el("p", { class: "total" }, el("span", null, "Total"), el("span", { class: "price" }, money(order.subtotal, order.currency))),
    el("dl", null,
      el("dt", null, "Goes to"), el("dd", null, order.deliveryAddress),
      el("dt", null, "State"), el("dd", null, state(order).text)),
    stamp(order));
}

function stamp(order) {
  const text = { placed: "Paid", refunded: "Refunded", failed: "Closed" }[order.status];
  return text && el("span", { class: `stamp ${state(order).kind}`, "aria-hidden": "true" }, text);
}

/** One line of the timeline, in the customer's words. */
export function moment({ paymentStatus, reason }) {
  switch (paymentStatus) {
    case "pending": return "Ordered";
    case "success": return "Paid, and so placed";
    case "partially_refunded": return "Part of the money went back";
    case "refunded": return "All of the money went back";
  }
  if (reason === "cancelled") return "Cancelled";
  if (/expired/.test(reason)) return "Not paid in time, so closed";
  return "Not paid, so closed";
}

/** Cancels an order and resolves to it as it is then. */
export async function cancel(order) {
  const { data } = await remove(`/api/v1/orders/${order._id}`);
  forget(order._id);
  return data;
}

/** A link to go on with the payment; null where that cannot be. */
export function payLink(order, text, kind) {
  const url = payURL(order);
  return url ? link(url, text, kind) : null;
}

export const payUntil = (order) => `It can be paid until ${atTime(order.expiresAt)}.`;

/** Puts what was ordered into the basket again, and goes there. */
export function againButton(order) {
  return button("Put it in the basket again", () => {
    for (const { productId, quantity } of order.items) {
      basket.put(productId, Math.max(quantity, basket.quantityOf(productId)));
    }
    location.assign("/#basket");
  }, "button plain");
}
