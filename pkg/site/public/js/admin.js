// What only an admin sees on the orders page.

import { post } from "./api.js";
import { busy, button, el, link } from "./dom.js";
import { money } from "./money.js";
import { errorNote, note } from "./note.js";
import { badge } from "./order.js";
import { dayAndTime } from "./when.js";

const TABS = { mine: "Yours", all: "All orders", payments: "Payments", review: "To review" };

export function showTabs(nav, view) {
  nav.replaceChildren(...Object.entries(TABS).map(([name, text]) =>
    el("a", { href: name === "mine" ? "/orders" : `/orders?view=${name}`, "aria-current": name === view ? "page" : null }, text)));
}

/** The button that reconciles, and its report. */
export function adminTools() {
  const report = el("div", { role: "status" });
  const run = button("Reconcile with Stripe", () => busy(run, "Asking Stripe…", async () => {
    try {
      const { data } = await post("/api/v1/payments/reconcile", undefined, { seconds: 70 });
      report.replaceChildren(reportNote(data));
    } catch (error) {
      report.replaceChildren(errorNote(error));
    }
  }), "button plain");
  return el("div", { class: "tools" }, run,
    el("p", { class: "small" }, "Asks Stripe about orders whose time to pay is over. A daily job does this too."), report);
}

function reportNote(r) {
  const numbers = { Checked: r.checked, Placed: r.placed, Failed: r.failed, Unchanged: r.unchanged, Errors: r.errors, "Not reached": r.remaining ?? 0 };
  const [kind, title] = r.errors > 0 ? ["bad", "Some orders could not be checked. The log says why; run it again later."]
    : r.remaining > 0 ? ["wait", "There was not time for all. Run it again."]
    : ["good", r.checked === 0 ? "No order was overdue." : "Done. Load the page again to see the orders."];
  const it = note(kind, title);
  it.append(el("dl", { class: "report" }, Object.entries(numbers).map(([name, n]) => el("div", null, el("dt", null, name), el("dd", null, String(n))))));
  return it;
}

const STATUSES = {
  pending: { text: "Pending", kind: "wait" },
  failed: { text: "Failed", kind: "" },
  success: { text: "Success", kind: "good" },
  partially_refunded: { text: "Partly refunded", kind: "good" },
  refunded: { text: "Refunded", kind: "" },
};

export function paymentsTable(payments) {
  const columns = ["When", "Status", "Amount", "Refunded", "Dispute", "In Stripe", "Order"];
  const cell = (label, content, kind) => el("td", { "data-label": label, class: content === NOTHING ? `nothing ${kind ?? ""}` : kind }, content);
  return el("table", { class: "table" },
    el("thead", null, el("tr", null, columns.map((c) => el("th", { scope: "col", class: /Amount|Refunded/.test(c) ? "amount" : null }, c)))),
    el("tbody", null, payments.map((p) => el("tr", null,
      cell("When", el("time", { datetime: p.createdAt }, dayAndTime(p.createdAt))),
      cell("Status", badge(STATUSES[p.status] ?? { text: p.status, kind: "" })),
      cell("Amount", money(p.amount, p.currency), "amount"),
      cell("Refunded", p.amountRefunded > 0 ? money(p.amountRefunded, p.currency) : NOTHING, "amount"),
      cell("Dispute", p.dispute ? `${words(p.dispute.status)}, ${money(p.dispute.amount, p.currency)} (${words(p.dispute.reason)})` : NOTHING),
      cell("In Stripe", p.transactionId ?? p.sessionId ? el("code", { title: p.transactionId ?? p.sessionId }, short(p.transactionId ?? p.sessionId)) : NOTHING),
      cell("Order", link(`/orders?id=${p.orderId}`, "Show", ""))))));
}

const NOTHING = "–";
const words = (code) => code.replaceAll("_", " ");
const short = (id) => (id.length > 18 ? `${id.slice(0, 7)}…${id.slice(-6)}` : id);
