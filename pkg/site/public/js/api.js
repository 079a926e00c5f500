// Calls the shop's API, with the sign-in's cookies.

import * as mark from "./mark.js";
import { soon } from "./when.js";

/** An answer that is no success, in words for the customer. */
export class ApiError extends Error {
  constructor(message, { status = 0, fields = [], requestId = "", retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { status, fields, requestId, retryAfter });
  }
}

export const get = (path) => call("GET", path);
export const post = (path, body, options) => call("POST", path, { body, ...options });
export const remove = (path) => call("DELETE", path);

/**
 * Resolves to the answer's envelope {statusCode, message, data, meta}; an access
 * token that has expired is renewed on the way, once.
 */
async function call(method, path, options = {}) {
  const signing = path.startsWith("/api/v1/auth/");
  if (!signing && mark.stale()) await renew();
  const before = mark.current();
  let response = await send(method, path, options);
  if (response.status === 401 && !signing && before) {
    if (await renew(before.until)) response = await send(method, path, options);
    if (response.status === 401) mark.clear();
  }
  return read(response);
}

async function send(method, path, { body, headers = {}, seconds = 20 }) {
  const init = { method, headers: { ...headers }, credentials: "same-origin", signal: AbortSignal.timeout(seconds * 1000) };
  if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  try {
    return await fetch(path, init);
  } catch (error) {
    throw new ApiError(error.name === "TimeoutError" ? "The shop took too long to answer." : "The shop cannot be reached.");
  }
}

async function read(response) {
  const envelope = await response.json().catch(() => null);
  if (response.ok && envelope?.success) return envelope;
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  let message = envelope?.message || "Something went wrong on our side.";
  if (retryAfter) message = `${message.replace(/ Please( wait and)? try again\.$/, "")} Try again ${soon(retryAfter)}.`;
  throw new ApiError(message, {
    status: response.ok ? 502 : response.status, // 200 without an envelope: not our API
    fields: envelope?.errorMessages, requestId: envelope?.requestId, retryAfter,
  });
}

let renewal = null;

// renew trades the refresh token for a new pair, one tab at a time: whoever waited
// for another tab finds the work done. It resolves to whether there is a good
// access token now.
function renew(seen = mark.current()?.until) {
  renewal ??= exclusively(async () => {
    if (!mark.current()) return false;
    if (mark.current().until !== seen) return true;
    const response = await send("POST", "/api/v1/auth/refresh", {});
    if (response.status === 401) mark.clear();
    if (!response.ok) return false;
    mark.prolong((await response.json()).data.expiresIn);
    return true;
  }).catch(() => false).finally(() => { renewal = null; });
  return renewal;
}

const exclusively = (work) => (navigator.locks ? navigator.locks.request("awning.renew", work) : work());
