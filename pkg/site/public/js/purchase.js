// Places an order, once: however often it is tried, by a double click, a reload or
// after a lost connection, the same request goes out under the same
// Idempotency-Key until its answer has arrived.

import { get, post } from "./api.js";
import { load, save } from "./storage.js";

const KEY = "awning.purchase";
const area = "sessionStorage";

/**
 * Resolves to where the customer goes next, {orderId, url, expiresAt}. url is
 * Stripe's page; "" where an earlier try turns out to be paid already.
 */
export async function place(order) {
  const { key, used } = keyFor(JSON.stringify(order));
  let answer;
  try {
    answer = await post("/api/v1/orders/init", order, { headers: { "Idempotency-Key": key } });
  } catch (error) {
    if (isFinal(error)) save(KEY, null, area);
    // The earlier try made an order that has been closed since.
    if (used && (error.status === 409 || error.status === 422)) return place(order);
    throw error;
  }
  save(KEY, null, area);
  const { orderId, paymentSessionUrl, expiresAt } = answer.data;
  if (answer.statusCode === 201) return { orderId, url: paymentSessionUrl, expiresAt };
  // An earlier try got through, and its answer did not: look what became of it.
  const { data: earlier } = await get(`/api/v1/orders/${orderId}`);
  if (earlier.paymentSessionUrl) return { orderId, url: earlier.paymentSessionUrl, expiresAt };
  return earlier.status === "failed" ? place(order) : { orderId, url: "", expiresAt };
}

function keyFor(body) {
  const attempt = load(KEY, area);
  if (attempt?.body === body) return { key: attempt.key, used: true };
  const key = crypto.randomUUID?.() ?? randomKey(); // the former on secure origins only
  save(KEY, { key, body }, area);
  return { key, used: false };
}

const randomKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

// After any other error the order may exist, or the same request may still succeed.
const isFinal = ({ status }) => status >= 400 && status < 500 && status !== 401 && status !== 403;
