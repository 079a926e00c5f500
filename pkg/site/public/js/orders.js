// A customer's orders; for an admin, all orders, payments, and what needs a
// person's review. What is shown stands in the address, so Back works.

import { get } from "./api.js";
import { adminTools, paymentsTable, showTabs } from "./admin.js";
import { button, byId, el, link } from "./dom.js";
import { errorNote } from "./note.js";
import { orderCard } from "./ordercard.js";
import { onChange, signIn, start, who } from "./session.js";

const params = new URLSearchParams(location.search);
const view = params.get("view") ?? "mine";

const VIEWS = {
  mine: { title: "Your orders", path: "/api/v1/orders/me", none: "You have not ordered anything yet." },
  all: { title: "All orders", path: "/api/v1/orders", none: "Nobody has ordered anything yet." },
  review: { title: "Orders that need review", path: "/api/v1/orders?review=true", none: "No order needs review. Payments and orders agree." },
  payments: { title: "Payments", path: "/api/v1/payments", none: "There are no payments yet." },
};

const ORDER_FILTERS = { "": "All", pending: "Not paid", placed: "Placed", failed: "Closed", refunded: "Refunded" };
const PAYMENT_FILTERS = { "": "All", pending: "Pending", failed: "Failed", success: "Success", partially_refunded: "Partly refunded", refunded: "Refunded" };

/** The address of this page with some parameters changed. */
function address(changes) {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const query = next.toString();
  return query ? `/orders?${query}` : "/orders";
}

async function show(signedIn) {
  const list = byId("list");
  if (!who()) return showStranger();
  const user = await signedIn;
  const isAdmin = (user ?? who())?.role === "admin";
  byId("tabs").hidden = !isAdmin;
  if (isAdmin) showTabs(byId("tabs"), view);
  try {
    if (params.has("id")) await showOne(params.get("id"), isAdmin);
    else await showList(isAdmin);
  } catch (error) {
    if (error.status === 401) return showStranger();
    list.replaceChildren();
    byId("notes").replaceChildren(errorNote(error, () => location.reload()));
  } finally {
    list.removeAttribute("aria-busy");
  }
}

function showStranger() {
  title("Your orders");
  for (const id of ["tabs", "filter", "pages"]) byId(id).hidden = true;
  byId("notes").replaceChildren();
  byId("list").removeAttribute("aria-busy");
  byId("list").replaceChildren(el("div", { class: "card empty" },
    el("h2", null, "Sign in to see your orders"),
    el("p", { class: "quiet" }, "They are kept in your account."),
    el("p", { class: "actions" }, button("Sign in", () => signIn()))));
}

function title(text) {
  byId("title").textContent = text;
  document.title = `${text} · Awning`;
}

async function showOne(id, isAdmin) {
  title("One order");
  const { data: order } = await get(`/api/v1/orders/${encodeURIComponent(id)}`);
  const card = orderCard(order, isAdmin);
  card.open = true;
  byId("list").replaceChildren(card, el("p", null, link(address({ id: "" }), "All of the list", "")));
}

async function showList(isAdmin) {
  const { title: heading, path, none } = VIEWS[view] ?? VIEWS.mine;
  title(heading);
  showFilter();
  const query = new URLSearchParams();
  for (const name of ["status", "page"]) if (params.get(name)) query.set(name, params.get(name));
  const { data, meta } = await get([path, query].filter(String).join(path.includes("?") ? "&" : "?"));
  if (isAdmin && view !== "mine") byId("notes").replaceChildren(adminTools());
  byId("list").replaceChildren(...(data.length === 0 ? [nothing(none, meta)]
    : view === "payments" ? [paymentsTable(data)]
    : data.map((order) => orderCard(order, isAdmin))));
  showPages(meta);
}

function nothing(none, meta) {
  const filtered = params.get("status") || meta.total > 0;
  return el("div", { class: "card empty" },
    el("h2", null, filtered ? "Nothing here" : none),
    el("p", { class: "actions" }, filtered ? link(address({ status: "", page: "" }), "Show all", "button plain") : view === "mine" && link("/", "To the shop")));
}

function showFilter() {
  const filters = view === "payments" ? PAYMENT_FILTERS : ORDER_FILTERS;
  const chosen = params.get("status") ?? "";
  byId("filter").hidden = false;
  byId("filter").replaceChildren(...Object.entries(filters).map(([status, text]) =>
    el("a", { href: address({ status, page: "" }), "aria-current": status === chosen ? "true" : null }, text)));
}

function showPages({ page, limit, total }) {
  const last = Math.ceil(total / limit);
  byId("pages").hidden = last <= 1;
  byId("pages").replaceChildren(
    page > 1 ? link(address({ page: String(Math.min(page - 1, last)) }), "Newer", "button plain") : "",
    el("span", { class: "quiet" }, `Page ${page} of ${last}`),
    page < last ? link(address({ page: String(page + 1) }), "Older", "button plain") : "");
}

const signedIn = start();
onChange(() => location.reload());
show(signedIn);
