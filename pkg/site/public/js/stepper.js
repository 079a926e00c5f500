// A control for a number of pieces: less, the number, more.

import { el } from "./dom.js";

/**
 * change(n) is called with the new number; 0 means none. say(n) shows a number
 * that was set elsewhere.
 */
export function stepper(name, quantity, most, change) {
  const input = el("input", {
    type: "text", inputmode: "numeric", maxlength: "3", autocomplete: "off", "aria-label": `Quantity of ${name}`,
    onchange: () => {
      const n = Number.parseInt(input.value, 10);
      set(Number.isNaN(n) ? quantity : n);
    },
    onfocus: () => input.select(),
    onkeydown: (event) => {
      if (event.key === "Enter") { // takes the number, and does not send the form around it
        event.preventDefault();
        input.blur();
        input.focus();
        return;
      }
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      set(Math.max(1, quantity + by));
    },
  });
  const set = (n) => {
    const wanted = Math.min(Math.max(n, 0), most);
    show(wanted);
    change(wanted);
  };
  const show = (n) => {
    quantity = n;
    input.value = String(n);
  };
  show(quantity);
  const step = (sign, label, by) => el("button", { type: "button", "aria-label": label, onclick: () => set(quantity + by) }, sign);
  const node = el("div", { class: "stepper", role: "group", "aria-label": `Quantity of ${name}` },
    step("−", `One ${name} less`, -1), input, step("+", `One ${name} more`, 1));
  return { node, input, show };
}
