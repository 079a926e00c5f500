// The order that this browser left for Stripe's page and has not heard of since,
// so that the shop can offer to go on with it.

import { load, save } from "./storage.js";
import { isPast } from "./when.js";

const KEY = "awning.unpaid";

export const remember = (orderId, expiresAt) => save(KEY, { orderId, expiresAt });

export function forget(orderId) {
  if (!orderId || load(KEY)?.orderId === orderId) save(KEY, null);
}

/** @returns {{orderId: string, expiresAt: string} | null} */
export function current() {
  const unpaid = load(KEY);
  return unpaid && !isPast(unpaid.expiresAt) ? unpaid : null;
}
