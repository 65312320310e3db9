import type { KeyInfo } from './keys.ts'

const ON = new Set(['1', 'true', 'yes', 'on'])
const OFF = new Set(['0', 'false', 'no', 'off'])

/** A value from a file, the environment or a flag in the type that its key has, or what is wrong with it. Pure. */
export function readValue(
  info: KeyInfo,
  raw: unknown,
): { value: string | number | boolean } | { wrong: string } {
  const text = typeof raw === 'bigint' ? raw.toString() : raw
  switch (info.type) {
    case 'text':
      if (Array.isArray(text) && text.every((item) => typeof item === 'string'))
        return { value: text.join(',') }
      if (typeof text === 'string' || typeof text === 'number') return { value: String(text) }
      return { wrong: `is ${JSON.stringify(text)}; a text is wanted` }
    case 'integer': {
      const written = typeof text === 'number' ? String(text) : typeof text === 'string' ? text.trim() : ''
      const value = Number(written)
      if (/^[+-]?\d+$/.test(written) && Number.isSafeInteger(value)) return { value }
      return { wrong: `is ${JSON.stringify(text)}; a whole number is wanted` }
    }
    case 'switch': {
      const word = String(text).trim().toLowerCase()
      if (ON.has(word)) return { value: true }
      return OFF.has(word)
        ? { value: false }
        : { wrong: `is ${JSON.stringify(text)}; true or false is wanted` }
    }
    case 'choice':
      if (typeof text === 'string' && info.choices.includes(text.trim())) return { value: text.trim() }
      return { wrong: `is ${JSON.stringify(text)}; one of ${info.choices.join(', ')} is wanted` }
  }
}
