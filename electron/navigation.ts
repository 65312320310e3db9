/** What becomes of a URL that the console wants to go to: followed here, handed to the browser, or refused. */
export type Verdict = 'stay' | 'browser' | 'refuse'

/**
 * Judges a navigation of the console's window.
 * @param url where the page wants to go, as the page wrote it
 * @param origin the console's own origin, for example `http://127.0.0.1:8080`
 */
export function judge(url: string, origin: string): Verdict {
  if (!URL.canParse(url)) return 'refuse'
  const target = new URL(url)
  // A password in a URL shows one host and goes to another; `blob:` URLs carry an origin that is not theirs to give.
  if (target.username !== '' || target.password !== '') return 'refuse'
  if (target.protocol !== 'http:' && target.protocol !== 'https:') return 'refuse'
  return target.origin === origin ? 'stay' : 'browser'
}
