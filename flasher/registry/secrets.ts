/** Shorter ones would blot out ordinary words, and protect nothing. */
const MIN_CHARS = 4

/** `text` with every secret in it blotted out, also where it was percent-encoded. Pure. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const longestFirst = [...secrets].filter((s) => s.length >= MIN_CHARS).sort((a, b) => b.length - a.length)
  return longestFirst.reduce(
    (clean, secret) => clean.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***'),
    text,
  )
}
