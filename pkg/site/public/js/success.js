// Where Stripe sends the customer after paying. The news that the money arrived
// may come a moment later, or days: the page asks until it is there.

import { button, byId, el, link } from "./dom.js";
import { money } from "./money.js";
import { againButton, isPending, moment, payLink, receipt } from "./order.js";
import { explain, follow, headline, load } from "./returned.js";
import { who } from "./session.js";
import { forget } from "./unpaid.js";
import { dayAndTime } from "./when.js";

// Seconds between looks: five minutes in all, with patience growing.
const WAITS = [1, 1, 2, 2, 3, 5, 5, 5, 8, 8, 10, 10, 15, 15, 15, 20, 20, 20, 25, 25, 30, 30, 30];
const SLOW_AFTER = 20;

let watching = 0;

follow((order) => {
  show(order);
  if (isPending(order)) watch(order);
});

async function watch(order) {
  const mine = ++watching;
  let waited = 0;
  for (const seconds of WAITS) {
    await pause(seconds);
    await visible();
    if (mine !== watching || !who()) return;
    waited += seconds;
    try {
      order = await load();
    } catch (error) {
      if (passes(error)) continue;
      return explain(error, () => location.reload());
    }
    if (mine !== watching) return;
    show(order, waited >= SLOW_AFTER);
    if (!isPending(order)) return;
  }
  show(order, true, true);
}

// A lost connection or a busy server is no reason to take the receipt away.
const passes = ({ status }) => !status || status === 429 || status >= 500;

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

function visible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("visibilitychange", () => resolve(), { once: true }));
}

function show(order, slow = false, gaveUp = false) {
  if (!isPending(order)) forget(order._id);
  say(order, slow);
  byId("order").replaceChildren(receipt(order), actions(order, slow, gaveUp));
}

function say(order, slow) {
  const last = order.timeline.at(-1);
  if (order.paymentStatus === "partially_refunded") {
    headline("Part of your money is on its way back", `${refunded(last)}Your order stays placed.`, steps("done", "done"));
  } else if (order.status === "placed") {
    headline("Thank you. Your order is placed.", "The payment arrived. Here is your receipt; you find it under Orders as well.", steps("done", "done"));
  } else if (order.status === "refunded") {
    headline("This order was refunded", `All of your money is on its way back to you since ${dayAndTime(last.at)}.`);
  } else if (order.status === "failed") {
    headline("This order was not paid", `${moment(last)}. If you paid and see this, do not worry: the order is placed as soon as the money shows up.`, steps("bad", ""));
  } else if (slow) {
    headline("Your payment is on its way", "Some ways to pay, such as bank debits and transfers, take a few days. There is nothing you need to do: the order is placed by itself when the money arrives, and you find it under Orders.", steps("now", ""));
  } else {
    headline("Confirming your payment…", "This takes a few seconds. You may stay or go: there is nothing more for you to do.", steps("now", ""));
  }
}

// The timeline alone says how much: "Stripe: refunded 5.00 usd".
function refunded({ reason }) {
  const [, amount, currency] = /refunded ([\d.]+) ([a-z]{3})$/.exec(reason) ?? [];
  return amount ? `So far ${money(amount, currency)} went back to you. ` : "";
}

function steps(paid, placed) {
  const words = { done: "done", now: "under way", bad: "did not happen", "": "to come" };
  const step = (text, how) => el("li", { "data-step": how }, text, el("span", { class: "only-heard" }, `: ${words[how]}`));
  return el("ol", { class: "steps", "aria-label": "Progress" }, step("Ordered", "done"), step("Paid", paid), step("Placed", placed));
}

function actions(order, slow, gaveUp) {
  const choices = [];
  if (gaveUp) choices.push(button("Look again", () => location.reload()));
  if (slow) choices.push(payLink(order, "I still have to pay", "button plain"));
  if (order.status === "failed") choices.push(againButton(order));
  if (order.status === "placed") choices.push(button("Print", () => print(), "button plain"));
  choices.push(link("/orders", "Your orders", "button plain"), link("/", "To the shop", "button plain"));
  return el("p", { class: "actions receipt-actions" }, choices.filter(Boolean));
}
