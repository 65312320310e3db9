/** What a JSON text would become, counted before it is parsed. Pure. */

export const MAX_VALUES = 400_000
export const MAX_DEPTH = 512

/**
 * What is too much about a JSON text, null when nothing is: values in all (a body of 32 MiB can hold eleven million,
 * which take a gigabyte and seconds), or lists and objects inside each other. What is no JSON passes; parsing says so.
 */
export function tooMuchJson(text: Uint8Array, maxValues = MAX_VALUES, maxDepth = MAX_DEPTH): string | null {
  let values = 1
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case 0x22: // "
        at = endOfString(text, at)
        break
      case 0x5b: // [
      case 0x7b: // {
        values++
        if (++depth > maxDepth) return `more than ${maxDepth} lists and objects inside each other`
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      case 0x2c: // ,
        values++
    }
    if (values > maxValues) return `more than ${maxValues} values`
  }
  return null
}

/** Position of the closing quote; the end of the text where there is none. */
function endOfString(text: Uint8Array, start: number): number {
  for (let at = text.indexOf(0x22, start + 1); at !== -1; at = text.indexOf(0x22, at + 1)) {
    let slashes = 0
    while (text[at - 1 - slashes] === 0x5c) slashes++
    if (slashes % 2 === 0) return at
  }
  return text.length
}
