// A mark that somebody is signed in. The tokens are in HttpOnly cookies, which no
// script can see; without the mark, every visitor's page would have to ask the
// API and be told 401.

import { load, save } from "./storage.js";

const KEY = "awning.signed-in";
const listeners = new Set();

/** @returns {{fullName: string, role: string, until: number} | null} */
export const current = () => load(KEY);

export function set(user, expiresIn) {
  write({ fullName: user.fullName, role: user.role, until: deadline(expiresIn) });
}

export function rename(user) {
  const mark = current();
  if (mark && (mark.fullName !== user.fullName || mark.role !== user.role)) {
    write({ ...mark, fullName: user.fullName, role: user.role });
  }
}

export function prolong(expiresIn) {
  const mark = current();
  if (mark) save(KEY, { ...mark, until: deadline(expiresIn) });
}

export function clear() {
  if (current()) write(null);
}

/** Whether the access token has expired, or is about to. */
export function stale() {
  const mark = current();
  return mark !== null && Date.now() > mark.until;
}

/** Calls f when somebody signs in or out, in another tab too. */
export function onChange(f) {
  listeners.add(f);
}

function write(mark) {
  save(KEY, mark);
  listeners.forEach((f) => f());
}

// A little early, so that a token does not expire on its way.
const deadline = (expiresIn) => Date.now() + expiresIn * 1000 - Math.min(30_000, expiresIn * 100);

addEventListener("storage", (event) => {
  const name = (text) => (text ? JSON.parse(text).fullName : null);
  if (event.key === KEY && name(event.oldValue) !== name(event.newValue)) {
    listeners.forEach((f) => f());
  }
});
