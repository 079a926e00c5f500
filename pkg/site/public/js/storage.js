// What this browser remembers. Where storage is forbidden, it is remembered for
// as long as the page is open.

const memory = new Map();

export function load(key, area = "localStorage") {
  try {
    return JSON.parse(window[area].getItem(key));
  } catch {
    return memory.get(key) ?? null;
  }
}

export function save(key, value, area = "localStorage") {
  try {
    if (value === null) window[area].removeItem(key);
    else window[area].setItem(key, JSON.stringify(value));
  } catch {
    memory.set(key, value);
  }
}
