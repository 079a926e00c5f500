// The basket: which products and how many, kept in this browser.

import { load, save } from "./storage.js";

const KEY = "awning.basket";
export const MOST_PRODUCTS = 20; // the API's limits for one order
export const MOST_PIECES = 999;

/** @returns {{productId: string, quantity: number}[]} */
export const lines = () => load(KEY) ?? [];

export const quantityOf = (productId) => lines().find((l) => l.productId === productId)?.quantity ?? 0;

/** Sets how many there shall be, 0 for none; false where the basket is full. */
export function put(productId, quantity) {
  const now = lines();
  const line = now.find((l) => l.productId === productId);
  const wanted = Math.min(quantity, MOST_PIECES);
  if (wanted === 0) return write(now.filter((l) => l !== line));
  if (line) line.quantity = wanted;
  else if (now.length === MOST_PRODUCTS) return false;
  else now.push({ productId, quantity: wanted });
  return write(now);
}

export function empty() {
  write([]);
}

const listeners = new Set();

/** Calls f when the basket changes, in another tab too. */
export function onChange(f) {
  listeners.add(f);
}

function write(now) {
  save(KEY, now);
  listeners.forEach((f) => f());
  return true;
}

addEventListener("storage", (event) => {
  if (event.key === KEY) listeners.forEach((f) => f());
});
