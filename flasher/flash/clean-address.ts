/** Any text with the addresses in it freed from user, password, query and fragment. Paths stay. */
export function withoutSecrets(text: string): string {
  return text.replace(
    /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@]*@)?([^\s?#]*)(?:[?#][^\s,;]*)?/gi,
    (_, scheme: string, rest: string) => `${scheme}${rest}`,
  )
}
