const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/

/**
 * Lower case with colons; null when `raw` is not six pairs of hex digits parted by `-` or `:` (wire contract 4.3). Not
 * trimmed, no bare twelve digits.
 */
export function normaliseMac(raw: string): string | null {
  const mac = raw.toLowerCase().replaceAll('-', ':')
  return MAC.test(mac) ? mac : null
}
