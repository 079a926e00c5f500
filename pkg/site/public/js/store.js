// The shop: products, the basket, and buying.

import { get } from "./api.js";
import * as basket from "./basket.js";
import { busy, button, byId, el, link, say } from "./dom.js";
import { fieldErrors } from "./fields.js";
import { money, times, total } from "./money.js";
import { errorNote, note } from "./note.js";
import { isPending } from "./order.js";
import { picture } from "./picture.js";
import { place } from "./purchase.js";
import { onChange, signIn, start, who } from "./session.js";
import { stepper } from "./stepper.js";
import { load, save } from "./storage.js";
import * as unpaid from "./unpaid.js";
import { atTime } from "./when.js";

const AT_ONCE = 12;
const ADDRESS = "awning.address";

const products = new Map(); // by id: those of the list, and those in the basket
const cards = new Map(); // by product id: the card's part that changes
let listed = 0;

// Products

async function showProducts() {
  const list = byId("products");
  if (listed === 0) list.replaceChildren(...Array.from({ length: 6 }, shape));
  try {
    const { data, meta } = await get(`/api/v1/products?limit=${AT_ONCE}&page=${listed / AT_ONCE + 1}`);
    if (listed === 0) list.replaceChildren();
    const fresh = data.filter((p) => !cards.has(p._id));
    for (const product of fresh) products.set(product._id, product);
    list.append(...fresh.map(card));
    if (listed > 0) list.children[list.children.length - fresh.length]?.querySelector("button, input").focus();
    listed += AT_ONCE;
    byId("more").hidden = listed >= meta.total;
    if (meta.total === 0) list.replaceWith(emptyShop());
  } catch (error) {
    if (listed === 0) list.replaceChildren();
    byId("notes").replaceChildren(errorNote(error, () => {
      byId("notes").replaceChildren();
      showProducts().then(showBasket);
    }));
  } finally {
    list.removeAttribute("aria-busy");
  }
}

function shape() {
  return el("li", { class: "product", "aria-hidden": "true" }, el("div", { class: "picture shape" }),
    el("div", { class: "words" }, el("div", { class: "shape line-shape short" }), el("div", { class: "shape line-shape" }), el("div", { class: "shape line-shape" })));
}

function emptyShop() {
  return el("div", { class: "card empty" },
    el("h2", null, "The shelves are empty"),
    el("p", { class: "quiet" }, "If this is your shop, this command fills them with demo products:"),
    el("p", null, el("code", null, "go run ./scripts/seed")));
}

function card(product) {
  const buy = el("div", { class: "buy" });
  cards.set(product._id, buy);
  showCard(product);
  return el("li", { class: "product" }, picture(product),
    el("div", { class: "words" }, el("h3", null, product.name), el("p", null, product.description), buy));
}

// A card offers "Add", and once the product is in the basket, how many.
function showCard(product) {
  const buy = cards.get(product._id);
  const quantity = basket.quantityOf(product._id);
  if (quantity > 0 && buy.stepper) return buy.stepper.show(quantity);
  const hadFocus = buy.contains(document.activeElement);
  buy.stepper = quantity > 0 ? stepper(product.name, quantity, basket.MOST_PIECES, (n) => put(product, n)) : null;
  const add = el("button", { type: "button", class: "button plain", onclick: () => put(product, 1) }, "Add", el("span", { class: "only-heard" }, ` ${product.name} to the basket`));
  buy.replaceChildren(el("span", { class: "price" }, money(product.price, product.currency)), buy.stepper?.node ?? add);
  if (hadFocus) (buy.stepper?.node.lastElementChild ?? add).focus();
}

// Basket

const rows = new Map(); // by product id: the basket's line

function put(product, quantity) {
  if (!basket.put(product._id, quantity)) {
    const full = note("bad", `One order holds up to ${basket.MOST_PRODUCTS} different products.`, "Order these first, then the rest.");
    byId("notes").replaceChildren(full);
    full.scrollIntoView({ block: "nearest" });
    return;
  }
  say(quantity > 0 ? `${product.name}: ${quantity} in the basket, ${sum()} in all.` : `${product.name} is out of the basket.`);
}

const known = () => basket.lines().filter((l) => products.has(l.productId));

const sum = () => total(known().map(({ productId, quantity }) => {
  const { price, currency } = products.get(productId);
  return { amount: times(price, quantity), currency };
}));

// A basket may hold products of pages that are not shown, or that are gone.
async function fetchBasket() {
  const missing = basket.lines().filter((l) => !products.has(l.productId));
  await Promise.all(missing.map(async ({ productId }) => {
    try {
      products.set(productId, (await get(`/api/v1/products/${productId}`)).data);
    } catch (error) {
      if (error.status !== 404 && error.status !== 400) throw error;
      basket.put(productId, 0);
      byId("notes").append(note("wait", "Something that was in your basket is no longer sold.", "It was taken out."));
    }
  }));
}

async function showBasket() {
  try {
    await fetchBasket();
  } catch {
    // The list of products has said so already; the known lines are shown.
  }
  drawBasket();
}

function drawBasket() {
  if (leaving) return;
  const lines = known();
  const pieces = lines.reduce((n, l) => n + l.quantity, 0);
  for (const [id, row] of rows) {
    if (!lines.some((l) => l.productId === id)) removeRow(id, row);
  }
  for (const { productId, quantity } of lines) drawRow(products.get(productId), quantity);
  for (const id of cards.keys()) showCard(products.get(id));
  const count = pieces === 1 ? "1 piece" : `${pieces} pieces`;
  byId("order-form").hidden = lines.length === 0;
  byId("basket-empty").hidden = lines.length > 0;
  byId("basket-title").replaceChildren("Your basket", pieces > 0 ? el("span", { class: "quiet" }, count) : "");
  byId("total").textContent = sum();
  byId("to-basket").hidden = lines.length === 0;
  byId("to-basket").replaceChildren(el("span", null, `Basket: ${count}`), el("span", { class: "number" }, sum()));
  if (!buying) byId("buy").textContent = `Buy for ${sum()}`;
}

function removeRow(id, row) {
  const hadFocus = row.node.contains(document.activeElement);
  row.node.remove();
  rows.delete(id);
  if (hadFocus) byId("basket").focus();
}

function drawRow(product, quantity) {
  let row = rows.get(product._id);
  if (!row) {
    const control = stepper(product.name, quantity, basket.MOST_PIECES, (n) => put(product, n));
    const lineSum = el("span", { class: "sum" });
    const node = el("li", { class: "line" }, picture(product), el("span", { class: "name" }, product.name), lineSum, control.node,
      el("button", { type: "button", class: "button bare", onclick: () => put(product, 0) }, "Remove", el("span", { class: "only-heard" }, ` ${product.name}`)));
    row = { node, control, lineSum };
    rows.set(product._id, row);
    byId("lines").append(node);
  }
  row.control.show(quantity);
  row.lineSum.textContent = money(times(product.price, quantity), product.currency);
  if (row.quantity !== quantity) clearLineError(row);
  row.quantity = quantity;
}

// Buying

let buying = false;
let leaving = false; // for Stripe's page

async function buy() {
  const form = byId("order-form");
  const order = {
    items: known().map(({ productId, quantity }) => ({ productId, quantity })),
    deliveryAddress: form.elements.deliveryAddress.value.trim(),
  };
  byId("order-notes").replaceChildren();
  fieldErrors(form, []);
  rows.forEach(clearLineError);
  if ([...order.deliveryAddress].length < 10) {
    fieldErrors(form, [{ path: "deliveryAddress", message: "Write the whole address, so that it arrives: 10 characters at least." }]);
    return;
  }
  if (!who() && !(await signIn("Your basket stays as it is. After this you go on to pay."))) return;
  try {
    const { orderId, url, expiresAt } = await place(order);
    leaving = true;
    basket.empty();
    if (url) unpaid.remember(orderId, expiresAt);
    location.assign(url || `/success?orderId=${orderId}`);
  } catch (error) {
    refused(error, order);
  }
}

function refused(error, order) {
  const rest = (error.fields ?? []).filter((f) => !lineError(f, order));
  const form = byId("order-form");
  if (error.fields?.length > 0 && (rest.length === 0 || fieldErrors(form, rest))) return;
  const actions = error.status === 429 ? [link("/orders?status=pending", "Your unpaid orders", "button plain")] : [];
  byId("order-notes").replaceChildren(actions.length > 0 ? note("bad", error.message, "", ...actions) : errorNote(error));
}

function clearLineError(row) {
  row.node.querySelector(".wrong")?.remove();
  delete row.node.dataset.wrong;
}

// lineError puts an error about items[2].quantity beside the third line.
function lineError({ path, message }, order) {
  const at = /^items\[(\d+)\]/.exec(path);
  const row = at && rows.get(order.items[Number(at[1])]?.productId);
  if (!row) return false;
  row.node.dataset.wrong = "";
  row.node.append(el("p", { class: "wrong", role: "alert" }, path.endsWith("productId") ? `This cannot be ordered: ${message}.` : `The quantity ${message}.`));
  row.control.input.focus();
  return true;
}

// An order that was left on Stripe's page

async function offerUnpaid() {
  const left = unpaid.current();
  if (!left || !who()) return;
  try {
    const { data: order } = await get(`/api/v1/orders/${left.orderId}`);
    if (!isPending(order)) return unpaid.forget(left.orderId);
    byId("notes").append(note("wait", "An order of yours is not paid yet.", `It can be paid until ${atTime(left.expiresAt)}.`,
      link(`/cancel?orderId=${left.orderId}`, "Pay or cancel it", "button plain")));
  } catch (error) {
    if (error.status === 404) unpaid.forget(left.orderId);
  }
}

function keepAddress() {
  const address = byId("address");
  address.value = load(ADDRESS, "sessionStorage") ?? "";
  address.addEventListener("input", () => save(ADDRESS, address.value, "sessionStorage"));
}

byId("order-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (buying) return;
  buying = true;
  await busy(byId("buy"), "One moment…", buy);
  if (leaving) {
    byId("buy").setAttribute("aria-disabled", "true");
    byId("buy").textContent = "Opening the payment page…";
    return;
  }
  buying = false;
  drawBasket();
});

byId("more").addEventListener("click", (event) => busy(event.currentTarget, "Loading…", showProducts));
byId("to-basket").addEventListener("click", () => requestAnimationFrame(() => byId("basket").focus({ preventScroll: true })));

// Coming back from Stripe's page by the browser's Back, the page is as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

start().then(offerUnpaid);
onChange(() => { byId("address").value = load(ADDRESS, "sessionStorage") ?? ""; });
keepAddress();
basket.onChange(showBasket);
await showProducts();
await showBasket();
if (location.hash === "#basket" && known().length > 0) byId("basket").scrollIntoView();
