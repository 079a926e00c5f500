// Money, in words. The API sends amounts as numbers of major units (15.99).

import { locale } from "./when.js";

const formats = new Map();

export function money(amount, currency) {
  const decimals = (String(amount).split(".")[1] ?? "").length;
  const key = `${currency} ${decimals}`;
  if (!formats.has(key)) {
    const usual = new Intl.NumberFormat(locale, { style: "currency", currency });
    // The shop's word counts where the browser thinks a currency has fewer decimals.
    const most = Math.max(decimals, usual.resolvedOptions().maximumFractionDigits);
    formats.set(key, new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: most }));
  }
  return formats.get(key).format(amount);
}

// No currency has more than three decimals, so thousandths add up exactly.
const thousandths = (amount) => Math.round(amount * 1000);

export const times = (amount, quantity) => (thousandths(amount) * quantity) / 1000;

/** The sum of [{amount, currency}], one for each currency there is. */
export function total(parts) {
  const sums = new Map();
  for (const { amount, currency } of parts) {
    sums.set(currency, (sums.get(currency) ?? 0) + thousandths(amount));
  }
  return [...sums].map(([currency, sum]) => money(sum / 1000, currency)).join(" + ");
}
