// Who is signed in: the corner of the page that shows it, and the dialog to sign
// in or make an account.

import { get, post, remove } from "./api.js";
import { busy, button, byId, el } from "./dom.js";
import { fieldErrors, textField } from "./fields.js";
import * as mark from "./mark.js";
import { errorNote, note } from "./note.js";
import { save } from "./storage.js";
import * as unpaid from "./unpaid.js";

export { current as who, onChange } from "./mark.js";

/** Shows the account, and resolves to the user; null where nobody is signed in. */
export async function start() {
  showAccount();
  mark.onChange(showAccount);
  if (!mark.current()) return null;
  try {
    const { data: user } = await get("/api/v1/users/me");
    mark.rename(user);
    return user;
  } catch {
    return null; // the page's own calls will tell
  }
}

function showAccount() {
  const mine = mark.current();
  byId("account").replaceChildren(...(mine
    ? [el("span", { class: "who", title: mine.fullName }, mine.fullName), button("Sign out", signOut, "button bare")]
    : [button("Sign in", () => signIn(), "button plain")]));
}

async function signOut() {
  try {
    await remove("/api/v1/auth/refresh");
  } catch (error) {
    if (error.status !== 401) { // 401: the session is over already
      byId("main").prepend(errorNote(error));
      return;
    }
  }
  unpaid.forget();
  sessionStorage.clear();
  mark.clear();
  byId("account").querySelector("button").focus();
}

/**
 * Opens the dialog and resolves to whether somebody is signed in afterwards.
 * reason says what it is for.
 */
export function signIn(reason = "") {
  return new Promise((resolve) => {
    const dialog = el("dialog", { "aria-labelledby": "sign-title" });
    const show = (mode) => dialog.replaceChildren(...content(mode, reason, dialog, show));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(mark.current() !== null);
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog && isOutside(dialog, event)) dialog.close();
    });
    show("in");
    document.body.append(dialog);
    dialog.showModal();
  });
}

function isOutside(node, { clientX, clientY }) {
  const box = node.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

const MODES = {
  in: { title: "Sign in", submit: "Sign in", busy: "Signing in…", other: "up", question: "New here?", answer: "Make an account" },
  up: { title: "Make an account", submit: "Make the account", busy: "Making your account…", other: "in", question: "You have one?", answer: "Sign in" },
};

function content(mode, reason, dialog, show) {
  const words = MODES[mode];
  const fields = [
    mode === "up" && textField("fullName", "Your name", { autocomplete: "name", maxlength: "50" }),
    textField("email", "Email", { type: "email", autocomplete: mode === "up" ? "email" : "username", maxlength: "100", autocapitalize: "none", spellcheck: "false" }),
    textField("password", "Password", { type: "password", autocomplete: mode === "up" ? "new-password" : "current-password" },
      mode === "up" ? "At least 8 characters." : ""),
  ].filter(Boolean);
  const submit = el("button", { type: "submit", class: "button wide" }, words.submit);
  const notes = el("div");
  const form = el("form", {
    novalidate: true,
    onsubmit: (event) => {
      event.preventDefault();
      busy(submit, words.busy, () => enter(mode, form, notes, dialog));
    },
  }, notes, fields, submit);
  const other = button(words.answer, () => {
    const email = form.elements.email.value;
    show(words.other);
    dialog.querySelector("[name=email]").value = email;
    dialog.querySelector("input").focus();
  }, "button bare");
  return [
    el("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => dialog.close() }, "×"),
    el("h2", { id: "sign-title" }, words.title),
    reason && el("p", { class: "quiet" }, reason),
    form,
    el("p", { class: "switch" }, words.question, " ", other),
  ].filter(Boolean);
}

async function enter(mode, form, notes, dialog) {
  const input = Object.fromEntries(new FormData(form));
  notes.replaceChildren();
  fieldErrors(form, []);
  try {
    if (mode === "up") await post("/api/v1/auth/register", input);
    const { data } = await post("/api/v1/auth/login", { email: input.email, password: input.password });
    mark.set(data.user, data.expiresIn);
    dialog.close();
  } catch (error) {
    if (fieldErrors(form, error.fields ?? [])) return;
    notes.replaceChildren(error.status >= 400 && error.status < 500 ? note("bad", error.message) : errorNote(error));
  }
}
