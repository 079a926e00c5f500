// Times, in words.

// The pages are in English, so their dates are: the customer's kind of it.
export const locale = navigator.languages?.find((l) => l.startsWith("en")) ?? "en";

const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

export const atTime = (iso) => clock.format(new Date(iso));
export const dayAndTime = (iso) => full.format(new Date(iso));
export const isPast = (iso) => Date.now() >= Date.parse(iso);

export function soon(seconds) {
  if (seconds <= 10) return "in a few seconds";
  if (seconds < 50) return `in ${Math.ceil(seconds / 10) * 10} seconds`;
  if (seconds <= 90) return "in a minute";
  if (seconds < 5400) return `in ${Math.ceil(seconds / 60)} minutes`;
  return `in ${Math.ceil(seconds / 3600)} hours`;
}
